delete from services;
