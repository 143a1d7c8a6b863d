"""What a command prints reaches the stream when it is flushed, and at the end."""

import io
import sys

from monodir_plugin.cli.output import collected_output


def test_lines_that_are_flushed_are_written_at_once(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    with collected_output():
        print("first", flush=True)
        assert stream.getvalue() == "first\n"
        print("second")
        assert stream.getvalue() == "first\n"
    assert stream.getvalue() == "first\nsecond\n"


def test_what_was_printed_before_a_failure_is_written(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    try:
        with collected_output():
            print("before")
            raise ValueError
    except ValueError:
        pass
    assert stream.getvalue() == "before\n"
