-- eaves:proven up, down and up again on sqld 0.24.32, with rows in every table
CREATE TABLE `login_throttles` (
	`subject_hash` text PRIMARY KEY NOT NULL,
	`attempts` integer NOT NULL,
	`resets_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `ix_login_throttles_resets_at` ON `login_throttles` (`resets_at`);
