{{ config(unique_key='event_id') }}
{%- set others = ['community_member.id', 'space_member.community_member_id',
    'space_group_member.community_member_id'] %}

with src as (
  {{ circle.raw_rows('events', 'event_id', text=['name', 'version'], json=['payload']) }}
)

select
  event_id,
  name as event_name,
  {{ circle.occurred_at() }} as occurred_at,
  triggered_at,
  created_at,
  version,
  {{ circle.json_text('src.payload', 'initiator.id', *others) }} as member_id,
  {{ circle.json_text('src.payload', *(others + ['initiator.id'])) }} as subject_member_id,
  {{ circle.profile('src.payload', 'initiator.') }},
  {{ circle.json_text('src.payload', 'space.id', 'space_member.space_id', 'posts_basic.space_id',
      'posts_event.space_id', 'section.space_id') }} as space_id,
  {{ circle.json_text('src.payload', 'space.name') }} as space_name,
  {{ circle.json_text('src.payload', 'posts_basic.id', 'comment.post_id') }} as post_id,
  {%- for object in ['comment', 'posts_event', 'lesson', 'section', 'quiz_attempt', 'chat_room',
      'chat_room_message', 'member_tag'] %}
  {{ circle.json_text('src.payload', object ~ '.id') }} as {{ object }}_id,
  {%- endfor %}
  {{ circle.json_text('src.payload', 'space_group_member.space_group_id') }} as space_group_id,
  payload
from src
