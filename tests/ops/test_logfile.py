"""One log that several processes write."""

import logging
import multiprocessing

from winnow.ops.logfile import LogFile


def record(text):
    return logging.makeLogRecord({"msg": text, "levelno": logging.INFO, "levelname": "INFO", "name": "t"})


def write_many(folder, who):
    file = LogFile(folder)
    file.limit_bytes = 20_000
    file.kept = 50
    for number in range(1000):
        file.emit(record(f"{who}-{number:04d} " + "x" * 80))


def test_no_line_is_lost_when_two_processes_turn_the_file_over(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_many, args=(tmp_path, who)) for who in ("ann", "bob")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = [line for path in tmp_path.glob("winnow.log*") for line in path.read_text().splitlines()]
    assert len(lines) == 2000
    assert len({line.split()[0] for line in lines}) == 2000
    assert len(list(tmp_path.glob("winnow.log.*"))) > 3


def test_the_oldest_file_makes_room(tmp_path):
    file = LogFile(tmp_path)
    file.limit_bytes, file.kept = 100, 3
    for number in range(50):
        file.emit(record(f"{number:03d} " + "x" * 60))
    assert {path.name for path in tmp_path.glob("winnow.log*")} <= {
        "winnow.log",
        "winnow.log.1",
        "winnow.log.2",
        "winnow.log.3",
    }


def test_the_log_is_its_owners_alone(tmp_path):
    file = LogFile(tmp_path)
    file.emit(record("one line"))
    assert file.path.stat().st_mode & 0o077 == 0
