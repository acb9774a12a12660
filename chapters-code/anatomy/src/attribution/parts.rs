//! What a file is made of, without a gap: functions, data segments, sections.

use std::collections::HashMap;

use super::names::Symbol;
use crate::error::Error;
use crate::frame::{self, Frame, HEADER, Layer, Layout};
use crate::items::{self, DEEPEST};
use crate::model::Model;

/// What kind of thing a part is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    Header,
    Section,
    Custom,
    /// What holds functions, data segments or a module together.
    Framing,
    Function,
    Data,
}

impl Kind {
    /// As [`crate::Item::kind`] has it.
    pub fn text(self) -> &'static str {
        match self {
            Kind::Header | Kind::Section => "section",
            Kind::Custom => "custom section",
            Kind::Framing => "framing",
            Kind::Function => "function",
            Kind::Data => "data",
        }
    }
}

/// A run of bytes that belong together.
#[derive(Clone, Copy)]
pub(super) struct Part {
    /// Which of [`Whole::holders`] it lies in.
    pub holder: u32,
    pub kind: Kind,
    pub offset: usize,
    pub size: usize,
    /// Which section it is or lies in; of the header, nothing.
    pub frame: u32,
    /// The index of a function or a data segment, imports first.
    pub index: u32,
}

/// A module or component in the file.
pub(super) struct Holder<'a> {
    /// What stands before the names of what is in it: nothing, or such as `core module 0: `.
    pub prefix: String,
    /// Which holder it lies in; the file as a whole lies in itself.
    pub outer: u32,
    /// Where it begins, and its bytes, which begin with the file's.
    pub at: usize,
    pub bytes: &'a [u8],
    pub frames: Vec<Frame>,
    /// A module's contents, and whether all of them could be read.
    pub model: Option<(Model<'a>, bool)>,
    /// The names of exported functions: the first of each.
    exports: HashMap<u32, &'a [u8]>,
    /// Which of the imports are functions.
    imports: Vec<usize>,
}

/// A file, taken to pieces.
pub(super) struct Whole<'a> {
    pub holders: Vec<Holder<'a>>,
    /// In the order of the file; their sizes add up to the file's.
    pub parts: Vec<Part>,
}

impl<'a> Whole<'a> {
    /// Takes a file to pieces.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        crate::take_apart(bytes)?;
        let layout = frame::frames(bytes)?;
        let mut whole = Whole {
            holders: Vec::new(),
            parts: Vec::new(),
        };
        whole.add(bytes, 0, layout, String::new(), 0);
        Ok(whole)
    }

    fn add(&mut self, bytes: &'a [u8], at: usize, layout: Layout, prefix: String, outer: u32) {
        let number = self.holders.len() as u32;
        self.parts.push(Part {
            holder: number,
            kind: Kind::Header,
            offset: at,
            size: HEADER,
            frame: u32::MAX,
            index: 0,
        });
        let depth = prefix.matches(": ").count();
        let module = layout.layer == Layer::Module;
        let mut holder = Holder {
            prefix,
            outer,
            at,
            bytes,
            frames: layout.frames,
            model: None,
            exports: HashMap::new(),
            imports: Vec::new(),
        };
        if module {
            let read = Model::read(bytes, &holder.frames);
            let understood = read.is_ok();
            let (Ok(model) | Err(model)) = read;
            for export in model.exports.iter().filter(|export| export.kind == 0) {
                holder.exports.entry(export.index).or_insert(export.name);
            }
            let imports = model.imports.iter().enumerate();
            let functions = imports.filter(|(_, import)| import.kind == 0);
            holder.imports = functions.map(|(at, _)| at).collect();
            self.module(number, bytes, &holder.frames, model.imported[0]);
            holder.model = Some((model, understood));
            self.holders.push(holder);
            return;
        }
        let spans: Vec<(usize, usize, usize, &str)> = holder
            .frames
            .iter()
            .map(|frame| (frame.start, frame.body, frame.end, frame.kind()))
            .collect();
        let prefix = holder.prefix.clone();
        self.holders.push(holder);
        let mut numbers = [0u32; 2];
        for (place, (start, body, end, kind)) in spans.into_iter().enumerate() {
            let mut part = Part {
                holder: number,
                kind: if kind == "custom" {
                    Kind::Custom
                } else {
                    Kind::Section
                },
                offset: start,
                size: end - start,
                frame: place as u32,
                index: 0,
            };
            let counter = match kind {
                "core module" => Some(&mut numbers[0]),
                "component" => Some(&mut numbers[1]),
                _ => None,
            };
            if let Some(counter) = counter {
                let inside = format!("{prefix}{kind} {counter}: ");
                *counter += 1;
                if let Ok(layout) = frame::layout(&bytes[..end], body)
                    && depth < DEEPEST
                {
                    part.kind = Kind::Framing;
                    part.size = body - start;
                    self.parts.push(part);
                    self.add(&bytes[..end], body, layout, inside, number);
                    continue;
                }
            }
            self.parts.push(part);
        }
    }

    /// The parts of a module.
    fn module(&mut self, holder: u32, bytes: &[u8], frames: &[Frame], imported: usize) {
        let (mut functions, mut segments) = (imported, 0);
        for (place, frame) in frames.iter().enumerate() {
            let mut part = Part {
                holder,
                kind: match frame.kind() {
                    "custom" => Kind::Custom,
                    _ => Kind::Section,
                },
                offset: frame.start,
                size: frame.end - frame.start,
                frame: place as u32,
                index: 0,
            };
            let (pieces, kind, next) = match frame.kind() {
                "code" => (
                    items::functions(bytes, frame),
                    Kind::Function,
                    &mut functions,
                ),
                "data" => (items::data(bytes, frame), Kind::Data, &mut segments),
                _ => (None, Kind::Section, &mut segments),
            };
            let Some(pieces) = pieces else {
                self.parts.push(part);
                continue;
            };
            part.kind = Kind::Framing;
            part.size -= pieces.iter().map(|(_, size)| size).sum::<usize>();
            self.parts.push(part);
            for (offset, size) in pieces {
                self.parts.push(Part {
                    kind,
                    offset,
                    size,
                    index: *next as u32,
                    ..part
                });
                *next += 1;
            }
        }
    }

    /// The parts of each holder.
    pub fn by_holder(&self) -> Vec<Vec<Part>> {
        let mut lists = vec![Vec::new(); self.holders.len()];
        for part in &self.parts {
            lists[part.holder as usize].push(*part);
        }
        lists
    }

    /// What a part is called by people.
    pub fn name(&self, part: &Part) -> String {
        let holder = &self.holders[part.holder as usize];
        match part.kind {
            Kind::Function => holder.function(part.index),
            Kind::Data => holder.segment(part.index),
            _ => [holder.prefix.as_str(), &self.section(part)].concat(),
        }
    }

    /// The name of a part's section, without what it lies in.
    pub fn section(&self, part: &Part) -> String {
        let holder = &self.holders[part.holder as usize];
        match holder.frames.get(part.frame as usize) {
            Some(frame) => frame.name(holder.bytes),
            None => "header".to_owned(),
        }
    }

    /// What a part is called by its number, if it has one.
    pub fn id(&self, part: &Part) -> Option<String> {
        let prefix = &self.holders[part.holder as usize].prefix;
        match part.kind {
            Kind::Function => Some(format!("{prefix}func[{}]", part.index)),
            Kind::Data => Some(format!("{prefix}data[{}]", part.index)),
            _ => None,
        }
    }

    /// The symbol of a function that has one.
    pub fn symbol(&self, part: &Part) -> Option<Symbol> {
        if part.kind != Kind::Function {
            return None;
        }
        let holder = &self.holders[part.holder as usize];
        holder.raw(part.index).map(Symbol::read)
    }
}

impl<'a> Holder<'a> {
    /// A function's symbol as it stands in the file.
    pub fn raw(&self, function: u32) -> Option<&'a [u8]> {
        let (model, _) = self.model.as_ref()?;
        let names = &model.names;
        match names.binary_search_by_key(&function, |(index, _)| *index) {
            Ok(at) => Some(names[at].1),
            Err(_) => self.exports.get(&function).copied(),
        }
    }

    /// What people call a function, also one that is imported.
    pub fn function(&self, function: u32) -> String {
        let name = match self.raw(function) {
            Some(raw) => Symbol::read(raw).text,
            None => self
                .import(function)
                .unwrap_or_else(|| format!("func[{function}]")),
        };
        [self.prefix.as_str(), &name].concat()
    }

    /// What a segment is called.
    pub fn segment(&self, segment: u32) -> String {
        match &self.model {
            Some((model, _)) => [self.prefix.as_str(), &model.segment_called(segment)].concat(),
            None => format!("{}data[{segment}]", self.prefix),
        }
    }

    /// Whether a function is exported.
    pub fn exported(&self, function: u32) -> bool {
        self.exports.contains_key(&function)
    }

    fn import(&self, function: u32) -> Option<String> {
        let (model, _) = self.model.as_ref()?;
        let import = &model.imports[*self.imports.get(function as usize)?];
        let name = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Some([&name(import.module), "::", &name(import.name)].concat())
    }
}
