//! What models are made of, and how it is thrown.

use crate::runner::random::Dice;

/// Blocks one after the other.
pub type Sequence = Vec<Block>;

pub enum Block {
    /// One element that is entered and left.
    One(One, Repeat),
    /// Some of the branches: the gateway is exclusive or inclusive. Each branch but the last, which
    /// is the default, has the condition with its number.
    Choice {
        inclusive: bool,
        branches: Vec<(usize, Sequence)>,
    },
    /// All of the branches.
    Fork(Vec<Sequence>),
    /// The branch whose event comes first.
    Race(Vec<(Wait, Sequence)>),
    /// A sub-process.
    Sub {
        inside: Sequence,
        repeat: Repeat,
        boundaries: Vec<Catcher>,
        event_sub_processes: Vec<Catcher>,
    },
}

#[derive(Clone, Copy)]
pub enum One {
    Pass,
    Job,
    Person,
    Throw,
    Wait(Wait),
}

#[derive(Clone, Copy)]
pub enum Wait {
    Timer,
    Message,
    Signal,
}

/// How often an activity is done.
#[derive(Clone, Copy)]
pub enum Repeat {
    Once,
    Loop(u32),
    Sequential(u32),
    Parallel(u32),
}

/// An event that leads away from the normal flow, to a path of its own.
#[derive(Clone, Copy)]
pub struct Catcher {
    pub on: Caught,
    pub interrupting: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Caught {
    Timer,
    Message,
    Signal,
    Error,
}

/// Throws blocks, until its size is used up.
pub struct Maker<'d> {
    dice: &'d mut Dice,
    left: u32,
    next_condition: usize,
}

const DEEPEST: u32 = 4;

impl<'d> Maker<'d> {
    pub fn new(dice: &'d mut Dice, size: u32) -> Self {
        Self {
            dice,
            left: size,
            next_condition: 0,
        }
    }

    pub fn sequence(&mut self, depth: u32) -> Sequence {
        let length = 1 + self.dice.below(3);
        (0..length).map(|_| self.block(depth)).collect()
    }

    fn block(&mut self, depth: u32) -> Block {
        self.left = self.left.saturating_sub(1);
        let kinds = if self.left == 0 || depth == DEEPEST {
            5
        } else {
            12
        };
        match self.dice.below(kinds) {
            0..=4 => self.one(),
            5 | 6 => Block::Choice {
                inclusive: self.dice.below(2) == 0,
                branches: self.branches(depth, Self::condition),
            },
            7 | 8 => {
                let branches = self.branches(depth, |_| ());
                Block::Fork(branches.into_iter().map(|(_, inside)| inside).collect())
            }
            9 => Block::Race(self.branches(depth, Self::wait)),
            _ => Block::Sub {
                inside: self.sequence(depth + 1),
                repeat: self.repeat(),
                boundaries: self.catchers(),
                event_sub_processes: self.catchers(),
            },
        }
    }

    fn branches<T>(&mut self, depth: u32, head: impl Fn(&mut Self) -> T) -> Vec<(T, Sequence)> {
        let count = 2 + self.dice.below(2);
        let branch = |_| (head(self), self.sequence(depth + 1));
        (0..count).map(branch).collect()
    }

    fn condition(&mut self) -> usize {
        self.next_condition += 1;
        self.next_condition % 8
    }

    fn wait(&mut self) -> Wait {
        match self.dice.below(3) {
            0 => Wait::Timer,
            1 => Wait::Message,
            _ => Wait::Signal,
        }
    }

    fn one(&mut self) -> Block {
        let one = match self.dice.below(8) {
            0 => One::Pass,
            1..=3 => One::Job,
            4 => One::Person,
            5 => One::Throw,
            _ => One::Wait(self.wait()),
        };
        let repeat = match one {
            One::Pass | One::Job | One::Person => self.repeat(),
            One::Throw | One::Wait(_) => Repeat::Once,
        };
        Block::One(one, repeat)
    }

    fn repeat(&mut self) -> Repeat {
        let times = self.dice.below(4) as u32;
        match self.dice.below(9) {
            0 => Repeat::Loop(1 + times),
            1 => Repeat::Sequential(times),
            2 => Repeat::Parallel(times),
            _ => Repeat::Once,
        }
    }

    /// Errors that are caught interrupt; of each kind there is one, so that none is in doubt.
    pub fn catchers(&mut self) -> Vec<Catcher> {
        let all = [
            Caught::Timer,
            Caught::Message,
            Caught::Signal,
            Caught::Error,
        ];
        let mut chosen = Vec::new();
        for on in all {
            if self.dice.below(5) == 0 {
                let interrupting = on == Caught::Error || self.dice.below(2) == 0;
                chosen.push(Catcher { on, interrupting });
            }
        }
        chosen
    }
}
