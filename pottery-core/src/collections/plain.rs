//! What handles without a codec have in common: how they are made, copied, shown, and what they deref to.

/// Like [`handle!`](super::handle), for types whose bytes are Redis's own.
macro_rules! plain_handle {
    ($name:ident $(<$param:ident>)?) => {
        impl$(<$param>)? $name$(<$param>)? {
            pub(crate) fn open(place: $crate::place::Place) -> Self {
                $name {
                    at: $crate::collections::keyed::Keyed::new(place),
                    $(types: ::std::marker::PhantomData::<fn() -> $param>,)?
                }
            }

            fn place(&self) -> &$crate::place::Place {
                self.at.place()
            }
        }

        impl$(<$param>)? $crate::collections::Open for $name$(<$param>)? {
            fn __open(place: $crate::place::Place) -> Self {
                $name::open(place)
            }
            fn __keyed(&self) -> &$crate::collections::keyed::Keyed {
                &self.at
            }
        }

        impl$(<$param>)? Clone for $name$(<$param>)? {
            fn clone(&self) -> Self {
                $name::open(self.at.place().clone())
            }
        }

        impl$(<$param>)? ::std::fmt::Debug for $name$(<$param>)? {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(self.at.key()).finish()
            }
        }

        impl$(<$param>)? ::std::ops::Deref for $name$(<$param>)? {
            type Target = $crate::collections::keyed::Keyed;
            fn deref(&self) -> &Self::Target {
                &self.at
            }
        }

        impl$(<$param>)? $crate::watch::Watch for $name$(<$param>)? {
            fn __places(&self, out: &mut Vec<$crate::place::Place>) {
                out.push(self.at.place().clone());
            }
        }
    };
}
pub(crate) use plain_handle;
