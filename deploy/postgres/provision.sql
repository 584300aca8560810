-- One service's database and its three roles. Safe to run again: passwords are then renewed.
--
-- Run by `operations.postgres` on a local server and by deploy/postgres/init.sh in a container,
-- so that roles and sort order agree everywhere. The names and passwords come from the
-- environment: on a command line, every user of the machine could read them.
\set ON_ERROR_STOP on
\set QUIET on
\getenv service TRADEWIND_SERVICE
\getenv owner_password TRADEWIND_OWNER_PASSWORD
\getenv app_password TRADEWIND_APP_PASSWORD
\getenv platform_password TRADEWIND_PLATFORM_PASSWORD

SELECT :'service' || '_owner' AS owner, :'service' || '_app' AS app,
       :'service' || '_platform' AS platform \gset

-- Row-level security is only as strong as these attributes: none of the three is a superuser
-- or may bypass it, and the application owns no table.
SELECT format('CREATE ROLE %I', wanted)
  FROM unnest(ARRAY[:'owner', :'app', :'platform']) AS wanted
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) \gexec

ALTER ROLE :"owner" LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD :'owner_password';
ALTER ROLE :"app" LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD :'app_password';
ALTER ROLE :"platform" LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD :'platform_password';

-- The builtin provider sorts the same way on every machine and needs no locale installed.
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C'' '
              'LOCALE_PROVIDER builtin BUILTIN_LOCALE ''C.UTF-8''', :'service', :'owner')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'service') \gexec

\connect :service

REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"service" TO :"owner", :"app", :"platform";
ALTER SCHEMA public OWNER TO :"owner";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"app", :"platform";

-- On solid state disks a page out of turn costs about as much as the next one; without this, look-ups
-- by key lose to reading whole tables as soon as a table has a few pages.
ALTER DATABASE :"service" SET random_page_cost = 1.1;
