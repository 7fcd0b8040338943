select count(*) from services;
