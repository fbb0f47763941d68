-- eaves:proven up, down and up again on sqld 0.24.32, with rows in every table
CREATE TABLE `auth_sessions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`family_hash` text NOT NULL,
	`token_hash` text NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `ix_auth_sessions_family_hash` ON `auth_sessions` (`family_hash`);--> statement-breakpoint
CREATE INDEX `ix_auth_sessions_user_id` ON `auth_sessions` (`user_id`);--> statement-breakpoint
CREATE INDEX `ix_auth_sessions_expires_at` ON `auth_sessions` (`expires_at`);
