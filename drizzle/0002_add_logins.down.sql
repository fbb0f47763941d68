-- eaves:class newer-data-lost
-- eaves:loses-newer auth_sessions :: SELECT count(*) FROM `auth_sessions`
-- eaves:proven up, down and up again on sqld 0.24.32, with rows in every table
DROP TABLE `auth_sessions`;
