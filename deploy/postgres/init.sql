-- What a superuser does once in the database, before Marquee's own role may use it:
--
--   psql -U postgres -d moviedb -f init.sql
--
-- The tables are made by Marquee itself (`marquee migrate`, or the first start), from the numbered
-- files beside this one.
CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;
