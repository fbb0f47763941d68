CREATE TABLE `users` (
	`id` integer PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`password` text NOT NULL,
	`role` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `ix_users_email` ON `users` (`email`);