-- eaves:class newer-data-lost
-- eaves:loses-newer users :: SELECT count(*) FROM `users`
-- eaves:proven up, down and up again on sqld 0.24.32
DROP TABLE `users`;
