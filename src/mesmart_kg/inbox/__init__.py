"""What others send us: a set of links, or a word that something is wrong. Kept until a curator has looked.

A message comes as bytes. ``parsing`` turns them into a bounded number of statements, with the contexts that
``contexts`` knows and never one that would have to be fetched; ``checking`` holds them against
``shapes/notification.ttl``; ``reading`` tells what is meant; ``keeping`` writes it to a folder so that a
crash loses nothing that was acknowledged. ``allowance`` counts what one sender sends in a day, ``composing``
makes a message of what a person wrote into a form. ``Examiner`` is the way through them.

Nothing here fetches, and nothing is published by itself: a state is the folder that a message lies in, and
only a curator moves it.

Specifications: Linked Data Notifications (W3C, 2017); Activity Streams 2.0; Web Annotation Vocabulary (a
correction is an ``oa:Annotation`` that is ``oa:motivatedBy oa:editing``); VoID.
"""

from __future__ import annotations

from mesmart_kg.inbox.allowance import Allowance
from mesmart_kg.inbox.checking import Examiner
from mesmart_kg.inbox.composing import compose_correction, compose_linkset
from mesmart_kg.inbox.keeping import Inbox
from mesmart_kg.inbox.model import (
    Fault,
    InboxUnavailable,
    Kept,
    Kind,
    Notification,
    NotificationRefused,
    Receipt,
    State,
    UnknownNotification,
    is_id,
)
from mesmart_kg.inbox.parsing import ACTIVITY_JSON, MEDIA_TYPES

__all__ = [
    "ACTIVITY_JSON",
    "MEDIA_TYPES",
    "Allowance",
    "Examiner",
    "Fault",
    "Inbox",
    "InboxUnavailable",
    "Kept",
    "Kind",
    "Notification",
    "NotificationRefused",
    "Receipt",
    "State",
    "UnknownNotification",
    "compose_correction",
    "compose_linkset",
    "is_id",
]
