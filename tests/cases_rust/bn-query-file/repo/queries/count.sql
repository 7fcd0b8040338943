SELECT count(*) FROM readings;
