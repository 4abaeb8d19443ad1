-- Two roles for a node on PostgreSQL: the owner migrates, the web role runs the node.
-- The web role can add to the audit trail and read it, and can neither change nor delete nor empty it.
--
--   psql -v ON_ERROR_STOP=1 -v owner=mammonode_owner -v web=mammonode_web -f audit-grants.sql DATABASE
--
-- Run it as the owner, after each `manage.py migrate` (also by the owner: DATABASE_URL with the owner's name). The
-- node's processes get a DATABASE_URL with the web role's name. Both roles exist already and have passwords or
-- certificates of their own: CREATE ROLE mammonode_web LOGIN; none is made here.

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"web";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"web";

REVOKE ALL ON audit_auditevent, audit_auditlink FROM :"web", PUBLIC;
GRANT SELECT, INSERT ON audit_auditevent, audit_auditlink TO :"web";

-- what the web role may not: migrations are the owner's
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM :"web";

-- tables of later migrations start without the web role: run this file again after them
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public REVOKE ALL ON TABLES FROM PUBLIC;
