{%- for stream, id, type, name, space_id, space_name in [
  ('events', 'event_id', 'event', 'event_name', 'space_id', 'space_name'),
  ('member_visits', 'visit_id', 'visit', "'visit'", 'null', 'null'),
  ('tracker_events', 'tracker_event_id', 'page', 'event_name', 'space_id', 'null'),
] %}
select
  '{{ type }}' as activity_type,
  {{ id }} as activity_id,
  {{ name }} as activity_name,
  occurred_at,
  cast(occurred_at as date) as activity_day,
  member_id, member_name, member_email, is_admin, is_moderator,
  cast({{ space_id }} as {{ circle.text_type() }}) as space_id,
  cast({{ space_name }} as {{ circle.text_type() }}) as space_name
from {{ ref('stg_circle__' ~ stream) }}
{{ 'where not is_bot' if type == 'page' else 'union all' }}
{%- endfor %}
