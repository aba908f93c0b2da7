//! What an operator does and goes through: backups, checks, full disks, too much load.

mod backup;
mod command;
mod disk;
mod overload;
