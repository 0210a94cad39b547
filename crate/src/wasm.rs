//! The JavaScript face of the crate: options in, result out, and the two callbacks. Nothing else here.

use std::cell::RefCell;

use js_sys::Function;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use crate::{
    Addresses, ModuleRef, Options,
    wire::{Writer, question, read_options},
};

thread_local! {
    /// The strings of the result whose numbers were given back last
    static TEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Transforms one file. The numbers of the result; its strings are asked for next, by [`take_text`].
///
/// # Errors
/// Whatever a callback throws. Bad source text never throws: it gives diagnostics.
#[wasm_bindgen(js_name = transformToWire)]
pub fn transform(
    source: &str,
    text: &str,
    numbers: &[u32],
    reference: Function,
    specifier: Function,
) -> Result<Vec<u32>, JsValue> {
    let options = options(text, numbers)?;
    let mut addresses = Callbacks { reference, specifier, failure: None };
    let output = crate::transform(source, &options, &mut addresses);
    // A callback that threw ends the call with its own error, not with one of ours.
    if let Some(failure) = addresses.failure {
        return Err(failure);
    }
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

struct Callbacks {
    reference: Function,
    specifier: Function,
    failure: Option<JsValue>,
}

impl Callbacks {
    fn answer(&mut self, answered: Result<JsValue, JsValue>) -> String {
        match answered {
            Ok(value) => value.as_string().unwrap_or_else(|| {
                self.failure.get_or_insert_with(|| js_sys::TypeError::new("an address must be a string").into());
                String::new()
            }),
            Err(error) => {
                self.failure.get_or_insert(error);
                String::new()
            }
        }
    }
}

impl Addresses for Callbacks {
    fn reference(&mut self, module: &ModuleRef<'_>) -> String {
        let answered = self.reference.call1(&JsValue::UNDEFINED, &question(module).into());
        self.answer(answered)
    }

    fn specifier(&mut self, module: &ModuleRef<'_>) -> String {
        let answered = self.specifier.call1(&JsValue::UNDEFINED, &question(module).into());
        self.answer(answered)
    }
}
