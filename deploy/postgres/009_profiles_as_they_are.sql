-- Profile blobs are kept as they are. pglz, which tries whatever is longer than 2 KB, makes them half as
-- long, and was half of the server's CPU for an event: each one writes its viewer's whole profile.

ALTER TABLE user_profiles ALTER COLUMN state SET STORAGE EXTERNAL;
