namespace LoraBridge.Checkpoints;

internal enum CheckpointKind
{
    Safetensors,
    ZippedPickle,
    LegacyPickle,
}

/// <summary>Tells a checkpoint's format by its first bytes, and names the usual impostors.</summary>
internal static class CheckpointKinds
{
    // the legacy format opens with a pickle of one long integer, 0x1950a86a20f9469cfc6c
    private static ReadOnlySpan<byte> LegacyMagic => [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

    private static ReadOnlySpan<byte> ZipMagic => [0x50, 0x4b, 0x03, 0x04];

    public static CheckpointKind Of(string path)
    {
        using var file = FileRange.Open(path);
        Span<byte> start = stackalloc byte[64];
        start = start[..(int)Math.Min(start.Length, file.Length)];
        file.Read(0, start);
        return Of(start, path);
    }

    private static CheckpointKind Of(ReadOnlySpan<byte> start, string path)
    {
        if (start.IsEmpty) throw new CheckpointFormatException(path, "the file is empty", "Fetch it again");
        // first, because the eight bytes of a length may look like anything
        if (start.Length > 8 && start[8] == '{') return CheckpointKind.Safetensors;
        if (start.StartsWith(ZipMagic)) return CheckpointKind.ZippedPickle;
        if (start[0] == 0x80) return CheckpointKind.LegacyPickle;
        if (start.StartsWith("version https://git-lfs"u8))
            throw new CheckpointFormatException(path, "this is a Git LFS pointer, not the file it points to", "Fetch the file itself with 'git lfs pull'");
        if (start.TrimStart(" \t\r\n"u8) is [(byte)'<', ..])
            throw new CheckpointFormatException(path, "this is a web page, not a checkpoint", "Download the file again, signed in where the site asks for it");
        return CheckpointKind.Safetensors;                                      // whose reader says what is wrong
    }

    /// <summary>Whether a pickle, its protocol opcode skipped, is the legacy format's magic number.</summary>
    public static bool IsLegacyMagic(ReadOnlySpan<byte> start) => start is [0x80, _, .. var rest] && rest.StartsWith(LegacyMagic);
}
