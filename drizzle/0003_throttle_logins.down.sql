-- eaves:class newer-data-lost
-- eaves:loses-newer login_throttles :: SELECT count(*) FROM `login_throttles`
-- eaves:proven up, down and up again on sqld 0.24.32, with rows in every table
DROP TABLE `login_throttles`;
