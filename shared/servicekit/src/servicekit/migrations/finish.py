"""`platform_finish`: what a unit of work writes as it commits, in one call."""

# SECURITY INVOKER, so the caller's row-level security holds for every row it writes. The events'
# sequences come from platform_event_stream: its rows are taken in key order, which rules out
# deadlocks between units of work, and stay locked until COMMIT, which follows in the same message.
FINISH = """
CREATE FUNCTION platform_finish(work jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    own_tenant CONSTANT text := work ->> 'tenant';
    event CONSTANT jsonb := work #> '{events,0}';
    next_sequence bigint;
BEGIN
    IF (work ->> 'register_tenant')::boolean THEN
        INSERT INTO platform_tenant (tenant) VALUES (own_tenant) ON CONFLICT DO NOTHING;
    END IF;

    IF jsonb_array_length(work -> 'events') = 1 THEN
        -- Most commands say one thing; this way it costs half of what the general way does.
        INSERT INTO platform_event_stream AS stream (tenant, topic, aggregate_id, sequence)
        VALUES (own_tenant, event ->> 'topic', event ->> 'aggregate_id', 1)
        ON CONFLICT (tenant, topic, aggregate_id) DO UPDATE SET sequence = stream.sequence + 1
        RETURNING sequence INTO next_sequence;
        INSERT INTO platform_outbox (
            tenant, topic, aggregate_id, sequence, event_id, event_type, dataschema, body,
            occurred_at, correlation_id, causation_id, actor, traceparent)
        VALUES (
            own_tenant, event ->> 'topic', event ->> 'aggregate_id', next_sequence,
            (event ->> 'event_id')::uuid, event ->> 'event_type', event ->> 'dataschema',
            convert_to(event ->> 'body', 'UTF8'), (work ->> 'now')::timestamptz,
            work ->> 'correlation_id', work ->> 'causation_id', work ->> 'actor',
            work ->> 'traceparent');
    ELSIF jsonb_array_length(work -> 'events') > 1 THEN
        WITH incoming AS (
            SELECT place, topic, aggregate_id, event_id, event_type, dataschema, body
              FROM ROWS FROM (
                  jsonb_to_recordset(work -> 'events') AS (
                      topic text, aggregate_id text, event_id uuid, event_type text,
                      dataschema text, body text)
              ) WITH ORDINALITY
                AS e (topic, aggregate_id, event_id, event_type, dataschema, body, place)
        ), streams AS (
            INSERT INTO platform_event_stream AS stream (tenant, topic, aggregate_id, sequence)
            SELECT own_tenant, topic, aggregate_id, count(*)
              FROM incoming
             GROUP BY topic, aggregate_id
             ORDER BY topic, aggregate_id
            ON CONFLICT (tenant, topic, aggregate_id)
            DO UPDATE SET sequence = stream.sequence + excluded.sequence
            RETURNING topic, aggregate_id, sequence AS last
        )
        INSERT INTO platform_outbox (
            tenant, topic, aggregate_id, sequence, event_id, event_type, dataschema, body,
            occurred_at, correlation_id, causation_id, actor, traceparent)
        SELECT own_tenant, i.topic, i.aggregate_id,
               s.last + 1 - row_number() OVER (
                   PARTITION BY i.topic, i.aggregate_id ORDER BY i.place DESC),
               i.event_id, i.event_type, i.dataschema, convert_to(i.body, 'UTF8'),
               (work ->> 'now')::timestamptz, work ->> 'correlation_id', work ->> 'causation_id',
               work ->> 'actor', work ->> 'traceparent'
          FROM incoming AS i
          JOIN streams AS s USING (topic, aggregate_id)
         ORDER BY i.place;
    END IF;

    IF jsonb_array_length(work -> 'audit') > 0 THEN
        INSERT INTO platform_audit_entry (
            tenant, at, actor, action, subject_type, subject_id, details, correlation_id)
        SELECT own_tenant, (work ->> 'now')::timestamptz, work ->> 'actor', action,
               subject_type, subject_id, details, work ->> 'correlation_id'
          FROM jsonb_to_recordset(work -> 'audit') AS (
              action text, subject_type text, subject_id text, details jsonb);
    END IF;

    IF work ? 'answer' THEN
        INSERT INTO platform_idempotency (
            tenant, digest, key, principal, route, fingerprint, status, headers, body, created_at)
        SELECT own_tenant, decode(answer ->> 'digest', 'hex'), answer ->> 'key',
               answer ->> 'principal', answer ->> 'route', decode(answer ->> 'fingerprint', 'hex'),
               (answer ->> 'status')::smallint, answer -> 'headers',
               decode(answer ->> 'body', 'hex'), (work ->> 'now')::timestamptz
          FROM (SELECT work -> 'answer' AS answer) AS given;
    END IF;
END
$$
"""
