"""Names of the user's own objects."""

import threading

import pytest

from lamina import saving


def test_register_and_find() -> None:
    @saving.register_keras_serializable("registration_test", "Name")
    class Thing:
        def get_config(self) -> dict:
            return {}

    assert saving.get_registered_name(Thing) == "registration_test>Name"
    assert saving.get_registered_object("registration_test>Name") is Thing
    assert saving.get_registered_object("nothing") is None
    assert saving.get_registered_name(len) == "len"


def test_class_without_config_is_refused() -> None:
    with pytest.raises(ValueError, match="Cannot register a class that does not have a get_config"):

        @saving.register_keras_serializable()
        class Thing:
            pass


def test_scope_ends_and_stays_in_its_thread() -> None:
    seen = []
    with saving.custom_object_scope({"fn": len}):
        assert saving.get_registered_object("fn") is len
        thread = threading.Thread(target=lambda: seen.append(saving.get_registered_object("fn")))
        thread.start()
        thread.join()
        with saving.CustomObjectScope({"other": max}):
            assert saving.get_registered_object("fn") is len
        assert saving.get_registered_object("other") is None
    assert saving.get_registered_object("fn") is None
    assert seen == [None]


def test_one_scope_object_may_be_entered_twice() -> None:
    scope = saving.CustomObjectScope({"fn": len})
    with scope, scope:
        assert saving.get_registered_object("fn") is len
    assert saving.get_registered_object("fn") is None


def test_global_custom_objects_are_live() -> None:
    saving.get_custom_objects()["live"] = len
    try:
        assert saving.get_registered_object("live") is len
    finally:
        del saving.get_custom_objects()["live"]
    assert saving.get_registered_object("live") is None
