DELETE FROM readings;
