-- eaves:rewritten SQL input error: no such column: disabled_at (at offset 118) in INSERT INTO `__new_users`("id", "email", "password", "role", "disabled_at") SELECT "id", "email", "password", "role", "disabled_at" FROM `users`
-- eaves:proven up, down and up again on sqld 0.24.32, with rows in every table
CREATE TABLE `__new_users` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`email` text NOT NULL,
	`password` text NOT NULL,
	`role` text,
	`disabled_at` integer
);
--> statement-breakpoint
INSERT INTO `__new_users` (`id`, `email`, `password`, `role`, `disabled_at`) SELECT old.`id`, old.`email`, old.`password`, old.`role`, NULL FROM `users` AS old;
--> statement-breakpoint
INSERT INTO sqlite_sequence (name, seq) SELECT '__new_users', top FROM (SELECT max(seq) AS top FROM sqlite_sequence WHERE name IN ('users', '__new_users')) WHERE top IS NOT NULL;
--> statement-breakpoint
DELETE FROM sqlite_sequence WHERE name IN ('users', '__new_users') AND (seq = 0 OR rowid < (SELECT max(rowid) FROM sqlite_sequence WHERE name = '__new_users'));
--> statement-breakpoint
DROP TABLE `users`;
--> statement-breakpoint
ALTER TABLE `__new_users` RENAME TO `users`;
--> statement-breakpoint
CREATE UNIQUE INDEX `ix_users_email` ON `users` (`email`);
