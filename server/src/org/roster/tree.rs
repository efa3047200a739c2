//! The tree as it will be: the register's units with the sheet's merged in, and finding a unit by the name people
//! write. Units are matched by the one above them, kind and name; nothing is ever taken away.

use std::collections::{HashMap, HashSet};

use super::findings::Findings;
use super::known::Known;
use super::rows::UnitRow;
use super::sheet::Sheet;
use crate::ids::UnitId;
use crate::org::UnitKind;

#[derive(Debug)]
pub struct Node {
    pub id: UnitId,
    pub kind: UnitKind,
    pub name: String,
    pub parent: Option<usize>,
    /// Not in the register yet.
    pub is_new: bool,
    pub is_closed: bool,
    /// The row of the sheet that names it.
    pub row: Option<u32>,
}

#[derive(Debug, Default)]
pub struct Tree {
    /// A node stands after the one above it.
    pub nodes: Vec<Node>,
    by_name: HashMap<String, Vec<usize>>,
    by_id: HashMap<UnitId, usize>,
    /// Names of rows with a problem of their own: what refers to them is not blamed as well.
    broken: HashSet<String>,
}

/// Why a name leads to no unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    Unknown,
    Ambiguous,
    WrongKind(UnitKind),
    Closed,
    /// Its own row has a problem, which has been reported.
    Broken,
}

impl Miss {
    /// What to tell whoever wrote `name` where one of `kinds` was wanted.
    pub fn sentence(self, name: &str, kinds: &[UnitKind]) -> Option<String> {
        let wanted = || kinds.iter().map(|kind| kind.label()).collect::<Vec<_>>().join("或");
        match self {
            Self::Unknown => Some(format!("没有叫“{name}”的{};请先在“组织”表里列出", wanted())),
            Self::Ambiguous => Some(format!("叫“{name}”的不止一个,请写成“上级/名称”")),
            Self::WrongKind(kind) => Some(format!("“{name}”是{},这里应为{}", kind.label(), wanted())),
            Self::Closed => Some(format!("“{name}”已经撤销")),
            Self::Broken => None,
        }
    }
}

impl Tree {
    /// The register with the sheet merged in. Kinds are taken from the top down, so the unit above is there first.
    pub fn merge(known: &Known, rows: &[UnitRow], findings: &mut Findings) -> Self {
        let mut tree = Self::default();
        for unit in &known.units {
            let parent = unit.parent.and_then(|id| tree.by_id.get(&id).copied());
            tree.push(Node {
                id: unit.id,
                kind: unit.kind,
                name: unit.name.clone(),
                parent,
                is_new: false,
                is_closed: unit.is_closed,
                row: None,
            });
        }
        let mut cyclic = cyclic(rows);
        // A village may bear the name of the 党总支 above it that the register already knows.
        cyclic.retain(|name| !tree.by_name.contains_key(*name));
        tree.broken.extend(rows.iter().filter(|row| row.kind.is_none()).map(|row| row.name.clone()));
        for row in rows.iter().filter(|row| cyclic.contains(row.name.as_str())) {
            tree.broken.insert(row.name.clone());
            findings.problem(Sheet::Units, row.row, "上级组织", "上级组织互相循环,请核对");
        }
        let mut ordered: Vec<(&UnitRow, UnitKind)> = rows
            .iter()
            .filter(|row| !cyclic.contains(row.name.as_str()))
            .filter_map(|row| Some((row, row.kind?)))
            .collect();
        ordered.sort_by_key(|(row, kind)| (depth(*kind), row.row));
        for (row, kind) in ordered {
            if let Err((column, problem)) = tree.add(row, kind, rows, findings) {
                tree.broken.insert(row.name.clone());
                if let Some(problem) = problem {
                    findings.problem(Sheet::Units, row.row, column, problem);
                }
            }
        }
        tree
    }

    fn add(
        &mut self,
        row: &UnitRow,
        kind: UnitKind,
        rows: &[UnitRow],
        findings: &mut Findings,
    ) -> Result<(), (&'static str, Option<String>)> {
        if kind == UnitKind::Town {
            return self.name_town(row);
        }
        let parent = match &row.parent {
            None if kind.parents().contains(&UnitKind::Town) => 0,
            None => {
                let wanted = kind.parents().iter().map(|kind| kind.label()).collect::<Vec<_>>().join("或");
                return Err(("上级组织", Some(format!("{}要填上级组织({wanted})", kind.label()))));
            }
            Some(name) => self.find(name, kind.parents()).map_err(|miss| {
                // A row further down the order: a kind that cannot stand above this one.
                let below = rows.iter().find(|other| other.name == *name).and_then(|other| other.kind);
                let miss = below.filter(|_| miss == Miss::Unknown).map_or(miss, Miss::WrongKind);
                ("上级组织", miss.sentence(name, kind.parents()))
            })?,
        };
        let same_name = self.by_name.get(&row.name).map_or(&[][..], Vec::as_slice);
        let twins = || same_name.iter().copied().filter(|twin| self.nodes[*twin].kind == kind);
        if let Some(known) = twins().find(|twin| self.nodes[*twin].parent == Some(parent)) {
            let node = &mut self.nodes[known];
            if node.is_closed {
                return Err(("名称", Some("这个组织已经撤销".into())));
            }
            if let Some(first) = node.row {
                return Err(("名称", Some(format!("与第{first}行重复"))));
            }
            node.row = Some(row.row);
            return Ok(());
        }
        if twins().any(|twin| !self.nodes[twin].is_new) {
            findings.warn(format!(
                "组织第{}行“{}”:别的上级下已有同名的{},现按新组织登记。",
                row.row,
                row.name,
                kind.label()
            ));
        }
        self.push(Node {
            id: UnitId::new(),
            kind,
            name: row.name.clone(),
            parent: Some(parent),
            is_new: true,
            is_closed: false,
            row: Some(row.row),
        });
        Ok(())
    }

    /// A row for the town itself can only repeat what is known.
    fn name_town(&mut self, row: &UnitRow) -> Result<(), (&'static str, Option<String>)> {
        let Some(town) = self.nodes.first_mut() else { return Err(("类别", None)) };
        if row.name != town.name || row.parent.is_some() {
            let problem = format!("镇党委只有一个,名称是“{}”,没有上级;这一行可以删去", town.name);
            return Err(("类别", Some(problem)));
        }
        town.row = Some(row.row);
        Ok(())
    }

    fn push(&mut self, node: Node) {
        let at = self.nodes.len();
        self.by_name.entry(node.name.clone()).or_default().push(at);
        self.by_id.insert(node.id, at);
        self.nodes.push(node);
    }

    /// The unit meant by `name`, or by 上级/名称, among those of the given kinds.
    pub fn find(&self, name: &str, kinds: &[UnitKind]) -> Result<usize, Miss> {
        let mut parts = name.rsplit(['/', '/']).map(str::trim);
        let last = parts.next().unwrap_or_default();
        let above: Vec<&str> = parts.collect();
        let named = self.by_name.get(last).map_or(&[][..], Vec::as_slice);
        let named = named.iter().copied().filter(|at| self.stands_under(*at, &above));
        let open: Vec<usize> = named.clone().filter(|at| !self.nodes[*at].is_closed).collect();
        let mut fitting = open.iter().filter(|at| kinds.contains(&self.nodes[**at].kind));
        match (fitting.next(), fitting.next()) {
            (Some(found), None) => Ok(*found),
            (Some(_), Some(_)) => Err(Miss::Ambiguous),
            _ if self.is_town(name) && kinds.contains(&UnitKind::Town) => Ok(0),
            _ if self.broken.contains(last) => Err(Miss::Broken),
            _ => match open.first() {
                Some(other) => Err(Miss::WrongKind(self.nodes[*other].kind)),
                None if named.count() > 0 => Err(Miss::Closed),
                None => Err(Miss::Unknown),
            },
        }
    }

    /// The town is written with and without its 党委.
    fn is_town(&self, name: &str) -> bool {
        let short = |name: &str| name.trim_end_matches("党委").to_owned();
        name == UnitKind::Town.label()
            || self.nodes.first().is_some_and(|town| short(&town.name) == short(name))
    }

    fn stands_under(&self, at: usize, above: &[&str]) -> bool {
        let mut unit = at;
        above.iter().all(|name| match self.nodes[unit].parent {
            Some(parent) => {
                unit = parent;
                self.nodes[parent].name == *name
            }
            None => false,
        })
    }

    pub fn get(&self, id: UnitId) -> Option<&Node> {
        self.by_id.get(&id).map(|at| &self.nodes[*at])
    }

    /// The name of a unit, for a sentence.
    pub fn name(&self, id: UnitId) -> &str {
        self.get(id).map_or("", |node| &node.name)
    }
}

/// How far below the town a kind can stand.
fn depth(kind: UnitKind) -> usize {
    kind.parents().iter().map(|parent| depth(*parent) + 1).max().unwrap_or(0)
}

/// Names of rows whose chain of 上级组织 leads back to themselves.
fn cyclic(rows: &[UnitRow]) -> HashSet<&str> {
    let mut above: HashMap<&str, Vec<&str>> = HashMap::new();
    for row in rows {
        above.entry(&row.name).or_default().push(row.parent.as_deref().unwrap_or_default());
    }
    // Only names that stand once can be followed; the others are told apart by their 上级/名称.
    let next = |name: &str| match above.get(name).map(Vec::as_slice) {
        Some([parent]) => Some(*parent),
        _ => None,
    };
    // The tree is five deep; a longer ring holds a kind that does not fit, which is found anyway.
    let leads_back =
        |start: &str| std::iter::successors(next(start), |name| next(name)).take(8).any(|name| name == start);
    rows.iter().map(|row| row.name.as_str()).filter(|name| leads_back(name)).collect()
}
