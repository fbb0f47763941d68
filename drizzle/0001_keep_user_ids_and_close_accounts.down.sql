-- eaves:class newer-data-lost
-- eaves:rebuilds users
-- eaves:loses-newer users.disabled_at :: SELECT count(*) FROM `users` WHERE `disabled_at` IS NOT NULL
-- eaves:proven up, down and up again on sqld 0.24.32, with rows in every table
CREATE TABLE `__new_users` (
	`id` integer PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`password` text NOT NULL,
	`role` text
);
--> statement-breakpoint
INSERT INTO `__new_users` (`id`, `email`, `password`, `role`) SELECT old.`id`, old.`email`, old.`password`, old.`role` FROM `users` AS old;
--> statement-breakpoint
DROP TABLE `users`;
--> statement-breakpoint
ALTER TABLE `__new_users` RENAME TO `users`;
--> statement-breakpoint
CREATE UNIQUE INDEX `ix_users_email` ON `users` (`email`);
