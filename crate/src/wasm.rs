//! The JavaScript face of the crate: options in, result out, and the two callbacks. Nothing else here.

use js_sys::{Function, Object, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use crate::{Addresses, ModuleRef, Options};

/// Transforms one file; see the JavaScript package for the types.
///
/// # Errors
/// When the options do not have the documented shape. Bad source text never throws: it gives diagnostics.
#[wasm_bindgen]
pub fn transform(source: &str, options: JsValue, reference: Function, specifier: Function) -> Result<JsValue, JsValue> {
    let options: Options = serde_wasm_bindgen::from_value(options)?;
    let mut addresses = Callbacks { reference, specifier, failure: None };
    let output = crate::transform(source, &options, &mut addresses);
    // A callback that threw ends the call with its own error, not with one of ours.
    if let Some(failure) = addresses.failure {
        return Err(failure);
    }
    Ok(output.serialize(&Serializer::new().serialize_maps_as_objects(true).serialize_missing_as_null(true))?)
}

/// Explains one file; see the JavaScript package for the types.
///
/// # Errors
/// When the options do not have the documented shape.
#[wasm_bindgen]
pub fn explain(source: &str, options: JsValue) -> Result<JsValue, JsValue> {
    let options: Options = serde_wasm_bindgen::from_value(options)?;
    Ok(crate::explain(source, &options).serialize(&Serializer::json_compatible())?)
}

struct Callbacks {
    reference: Function,
    specifier: Function,
    failure: Option<JsValue>,
}

impl Callbacks {
    fn call(&mut self, which: fn(&Self) -> &Function, module: &ModuleRef<'_>) -> String {
        let argument = Object::new();
        let entries: [(&str, JsValue); 6] = [
            ("kind", module.kind.as_str().into()),
            ("id", module.id.into()),
            ("name", module.name.into()),
            ("hash", module.hash.into()),
            ("lang", module.lang.into()),
            ("self", module.own.into()),
        ];
        for (key, value) in entries {
            // Setting a property of a fresh plain object cannot fail.
            let _ = Reflect::set(&argument, &key.into(), &value);
        }
        match which(self).call1(&JsValue::UNDEFINED, &argument) {
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
        self.call(|callbacks| &callbacks.reference, module)
    }

    fn specifier(&mut self, module: &ModuleRef<'_>) -> String {
        self.call(|callbacks| &callbacks.specifier, module)
    }
}
