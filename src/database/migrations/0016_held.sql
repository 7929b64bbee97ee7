-- Holds the number for a migration that is written elsewhere. Drop this commit.
-- runs with code from 0004
SELECT 1;
