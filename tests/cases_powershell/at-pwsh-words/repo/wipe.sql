DELETE FROM members;
