//! The JavaScript face of the crate: options in, result out, and the two callbacks. Nothing else here.

use std::cell::RefCell;

use experimental_threads_allocator::Blocks;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use crate::{
    Addresses, ModuleRef, Options,
    wire::{Writer, question, read_options},
};

/// What a file takes of memory is mostly many small blocks for a short time.
#[global_allocator]
static MEMORY: Blocks = Blocks::new();

thread_local! {
    /// The strings of the result whose numbers were given back last
    static TEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Transforms one file. The numbers of the result; its strings are asked for next, by [`take_text`].
///
/// # Errors
/// None but for options that `wire.ts` did not write. Bad source text never throws: it gives diagnostics.
#[wasm_bindgen(js_name = transformToWire)]
pub fn transform(
    source: &str,
    text: &str,
    numbers: &[u32],
    reference: &Callback,
    specifier: &Callback,
) -> Result<Vec<u32>, JsValue> {
    let options = options(text, numbers)?;
    let output = crate::transform(source, &options, &mut Callbacks { reference, specifier });
    let mut writer = Writer::default();
    writer.output(&output);
    Ok(keep(writer))
}

/// Explains one file. Nobody waits for this one, so it comes as the object that it is.
///
/// # Errors
/// None but for options that `wire.ts` did not write.
#[wasm_bindgen]
pub fn explain(source: &str, text: &str, numbers: &[u32]) -> Result<JsValue, JsValue> {
    let options = options(text, numbers)?;
    Ok(crate::explain(source, &options).serialize(&Serializer::json_compatible())?)
}

/// The strings of the last result.
#[wasm_bindgen(js_name = takeText)]
#[must_use]
pub fn take_text() -> String {
    TEXT.take()
}

fn options(text: &str, numbers: &[u32]) -> Result<Options, JsValue> {
    read_options(text, numbers).ok_or_else(|| js_sys::TypeError::new("the options end too early").into())
}

fn keep(writer: Writer) -> Vec<u32> {
    TEXT.set(writer.text);
    writer.numbers
}

#[wasm_bindgen]
extern "C" {
    /// A callback: `(question: string) => string | undefined`. It never throws
    #[wasm_bindgen(typescript_type = "Function")]
    pub type Callback;

    /// Its answer; none if it failed. A method with text on both sides is one call; through `js_sys::Function` it would be five
    #[wasm_bindgen(method, structural)]
    fn call(this: &Callback, itself: &JsValue, question: &str) -> Option<String>;
}

impl Callback {
    fn answer(&self, module: &ModuleRef<'_>) -> String {
        self.call(&JsValue::UNDEFINED, &question(module)).unwrap_or_default()
    }
}

struct Callbacks<'a> {
    reference: &'a Callback,
    specifier: &'a Callback,
}

impl Addresses for Callbacks<'_> {
    fn reference(&mut self, module: &ModuleRef<'_>) -> String {
        self.reference.answer(module)
    }

    fn specifier(&mut self, module: &ModuleRef<'_>) -> String {
        self.specifier.answer(module)
    }
}
