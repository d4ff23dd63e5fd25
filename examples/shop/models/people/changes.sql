select 1 as change_id, 'a new shelf' as what
