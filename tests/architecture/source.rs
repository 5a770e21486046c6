//! Reads one source file into the facts that the rules look at.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// What stands in one file of the crate.
#[derive(Debug, Default)]
pub struct Source {
    /// Path from the repository root, with `/`.
    pub file: String,
    /// Modules from the crate's root to this file: `["store", "sqlite"]`.
    pub module: Vec<String>,
    /// Number of lines.
    pub lines: usize,
    /// Every path that is written with two segments or more, or in a `use`.
    pub paths: Vec<WrittenPath>,
    /// Every string literal outside doc comments.
    pub strings: Vec<Word>,
    /// Every `async` function, block or closure.
    pub asyncs: Vec<usize>,
    /// What the rules cannot see through, and therefore refuse: `include!`, `#[path]`,
    /// `extern crate self`.
    pub blindfolds: Vec<Word>,
    /// Names of the modules that the file declares.
    pub declares: Vec<String>,
    /// Kinds of the items at the top of the file that are no modules, with their lines.
    pub other_items: Vec<usize>,
}

/// One path as somebody wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenPath {
    /// Segments as written; a glob is `*`.
    pub segments: Vec<String>,
    /// Module that it is written in, inline modules included.
    pub module: Vec<String>,
    /// Line, from 1.
    pub line: usize,
    /// Whether it is compiled for tests alone.
    pub reach: Reach,
}

/// Whether code reaches the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It is part of the program.
    Program,
    /// It stands under `#[cfg(test)]`.
    TestsOnly,
}

/// A word of the source with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What stands there.
    pub text: String,
    /// Line, from 1.
    pub line: usize,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Outside the crate, or inside the file's own surroundings.
    Elsewhere,
    /// A top-level module of the crate.
    Module(String),
    /// The crate's root itself, or all of it.
    Root,
}

impl WrittenPath {
    /// Follows `crate`, `self`, `super` and the library's own name to a top-level module.
    pub fn target(&self) -> Target {
        let mut segments = self.segments.iter().map(String::as_str).peekable();
        let mut at = match segments.next() {
            Some("crate" | "voxtrace") => Vec::new(),
            Some("self") => self.module.clone(),
            Some("super") => parent(&self.module),
            Some(_) | None => return Target::Elsewhere,
        };
        while let Some(step @ ("super" | "self")) = segments.peek().copied() {
            segments.next();
            if step == "super" {
                at = parent(&at);
            }
        }
        match (at.first(), segments.next()) {
            (Some(module), _) => Target::Module(module.clone()),
            (None, Some("*") | None) => Target::Root,
            (None, Some(module)) => Target::Module(module.to_owned()),
        }
    }

    /// The path as it is written.
    pub fn written(&self) -> String {
        self.segments.join("::")
    }
}

fn parent(module: &[String]) -> Vec<String> {
    module
        .split_last()
        .map(|(_, above)| above.to_vec())
        .unwrap_or_default()
}

impl Source {
    /// Parses `text`, which stands at `file` (`src/store/sqlite.rs`).
    ///
    /// # Errors
    /// When the text is no Rust.
    pub fn parse(file: &str, text: &str) -> syn::Result<Self> {
        let parsed = syn::parse_file(text)?;
        let module = module_of(file);
        let tests_only = module.iter().any(|name| name == "tests");
        let mut reader = FileReader {
            module: module.clone(),
            reach: if tests_only {
                Reach::TestsOnly
            } else {
                Reach::Program
            },
            found: Source {
                file: file.to_owned(),
                module,
                lines: text.lines().count(),
                ..Source::default()
            },
        };
        for item in &parsed.items {
            if !matches!(item, syn::Item::Mod(_)) {
                reader.found.other_items.push(line_of(item.span()));
            }
        }
        reader.visit_file(&parsed);
        Ok(reader.found)
    }
}

/// `src/store/sqlite/mod.rs` and `src/store/sqlite.rs` are both `store::sqlite`; `src/main.rs` is
/// counted as the module `main`, `src/lib.rs` as the root.
fn module_of(file: &str) -> Vec<String> {
    let inside = file.strip_prefix("src/").unwrap_or(file);
    let stem = inside.strip_suffix(".rs").unwrap_or(inside);
    let mut module: Vec<String> = stem.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") || stem == "lib" {
        module.pop();
    }
    module
}

fn line_of(span: Span) -> usize {
    span.start().line
}

struct FileReader {
    module: Vec<String>,
    reach: Reach,
    found: Source,
}

impl FileReader {
    fn path(&mut self, segments: Vec<String>, line: usize) {
        self.found.paths.push(WrittenPath {
            segments,
            module: self.module.clone(),
            line,
            reach: self.reach,
        });
    }

    fn blindfold(&mut self, text: &str, span: Span) {
        self.found.blindfolds.push(Word {
            text: text.to_owned(),
            line: line_of(span),
        });
    }

    fn use_tree(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let mut segments = prefix.to_vec();
        match tree {
            syn::UseTree::Path(path) => {
                segments.push(path.ident.to_string());
                self.use_tree(&segments, &path.tree);
            }
            syn::UseTree::Group(group) => {
                for inner in &group.items {
                    self.use_tree(&segments, inner);
                }
            }
            // The new name of a renamed import does not matter: the edge is the old one.
            syn::UseTree::Rename(syn::UseRename { ident, .. })
            | syn::UseTree::Name(syn::UseName { ident }) => {
                segments.push(ident.to_string());
                self.path(segments, line_of(ident.span()));
            }
            syn::UseTree::Glob(glob) => {
                segments.push("*".to_owned());
                self.path(segments, line_of(glob.span()));
            }
        }
    }

    /// Reads tokens that are not parsed: arguments and bodies of macros, and attributes.
    fn tokens(&mut self, stream: TokenStream) {
        let trees: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while let Some(tree) = trees.get(at) {
            at += 1;
            match tree {
                TokenTree::Ident(ident) => {
                    let line = line_of(ident.span());
                    if ident == "async" {
                        self.found.asyncs.push(line);
                    }
                    at += self.chain(vec![ident.to_string()], &trees[at..], line);
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                        self.string(text.value(), line_of(literal.span()));
                    }
                }
                TokenTree::Punct(_) => {}
            }
        }
    }

    /// Follows `::name` after the segments so far, into the braces of a group where one follows;
    /// answers how many tokens belong to the path.
    fn chain(&mut self, mut segments: Vec<String>, rest: &[TokenTree], line: usize) -> usize {
        let mut used = 0;
        while is_colon(rest.get(used)) && is_colon(rest.get(used + 1)) {
            match rest.get(used + 2) {
                Some(TokenTree::Ident(ident)) => segments.push(ident.to_string()),
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => {
                    segments.push("*".to_owned());
                }
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    for part in inner.split(|tree| is_punct(tree, ',')) {
                        self.chain_part(&segments, part, line);
                    }
                    return used + 3;
                }
                Some(_) | None => break,
            }
            used += 3;
        }
        if segments.len() > 1 {
            self.path(segments, line);
        }
        used
    }

    fn chain_part(&mut self, prefix: &[String], part: &[TokenTree], line: usize) {
        let mut segments = prefix.to_vec();
        match part.first() {
            Some(TokenTree::Ident(ident)) => segments.push(ident.to_string()),
            Some(TokenTree::Punct(_) | TokenTree::Group(_) | TokenTree::Literal(_)) => {
                segments.push("*".to_owned());
            }
            None => return,
        }
        self.chain(segments, &part[1..], line);
    }

    fn string(&mut self, text: String, line: usize) {
        self.found.strings.push(Word { text, line });
    }

    fn within_tests(&mut self, attributes: &[syn::Attribute], read: impl FnOnce(&mut Self)) {
        let before = self.reach;
        if attributes.iter().any(is_cfg_test) {
            self.reach = Reach::TestsOnly;
        }
        read(self);
        self.reach = before;
    }
}

fn is_punct(tree: &TokenTree, wanted: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

fn is_colon(tree: Option<&TokenTree>) -> bool {
    tree.is_some_and(|tree| is_punct(tree, ':'))
}

fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args::<syn::Path>()
            .is_ok_and(|path| path.is_ident("test"))
}

impl<'ast> Visit<'ast> for FileReader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Fn(function) => function.attrs.as_slice(),
            syn::Item::Mod(module) => module.attrs.as_slice(),
            syn::Item::Use(import) => import.attrs.as_slice(),
            syn::Item::Impl(block) => block.attrs.as_slice(),
            _ => &[],
        };
        self.within_tests(attributes, |reader| visit::visit_item(reader, item));
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if self.module == self.found.module {
            self.found.declares.push(module.ident.to_string());
        }
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, import: &'ast syn::ItemUse) {
        self.use_tree(&[], &import.tree);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        self.blindfold("extern crate", item.span());
    }

    // `pub(in crate::store)` can only name modules that surround the item.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let segments = path
                .segments
                .iter()
                .map(|part| part.ident.to_string())
                .collect();
            self.path(segments, line_of(path.span()));
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if call
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "include")
        {
            self.blindfold("include!", call.span());
        }
        visit::visit_macro(self, call);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        if attribute.path().is_ident("path") {
            self.blindfold("#[path]", attribute.span());
        }
        visit::visit_attribute(self, attribute);
        if let syn::Meta::List(list) = &attribute.meta {
            self.attribute_strings(list.tokens.clone());
            self.tokens(list.tokens.clone());
        }
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.string(literal.value(), line_of(literal.span()));
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        if signature.asyncness.is_some() {
            self.found.asyncs.push(line_of(signature.span()));
        }
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        self.found.asyncs.push(line_of(block.span()));
        visit::visit_expr_async(self, block);
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        if closure.asyncness.is_some() {
            self.found.asyncs.push(line_of(closure.span()));
        }
        visit::visit_expr_closure(self, closure);
    }
}

impl FileReader {
    /// `#[serde(with = "crate::http::hex")]` is an edge too, although it stands in a string.
    fn attribute_strings(&mut self, stream: TokenStream) {
        for tree in stream {
            match tree {
                TokenTree::Group(group) => self.attribute_strings(group.stream()),
                TokenTree::Literal(literal) => {
                    let path = syn::parse_str::<syn::LitStr>(&literal.to_string())
                        .and_then(|text| syn::parse_str::<syn::Path>(&text.value()));
                    if let Ok(path) = path
                        && path.segments.len() > 1
                    {
                        let segments = path
                            .segments
                            .iter()
                            .map(|part| part.ident.to_string())
                            .collect();
                        self.path(segments, line_of(literal.span()));
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}
