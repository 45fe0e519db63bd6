namespace LoraBridge.Server.Datasets;

/// <summary>Reads streams whose length nobody vouches for.</summary>
internal static class BoundedRead
{
    /// <summary>All bytes of a stream; null where there are more than allowed, with the rest left unread.</summary>
    public static async Task<byte[]?> AllAsync(Stream stream, long most, CancellationToken cancel)
    {
        using var copy = new MemoryStream();
        var block = new byte[1 << 16];
        for (int read; (read = await stream.ReadAsync(block, cancel).ConfigureAwait(false)) > 0;)
        {
            if (copy.Length + read > most) return null;
            copy.Write(block, 0, read);
        }
        return copy.ToArray();
    }

    /// <summary>The same for a stream that does not wait.</summary>
    public static byte[]? All(Stream stream, long most)
    {
        using var copy = new MemoryStream();
        var block = new byte[1 << 16];
        for (int read; (read = stream.Read(block)) > 0;)
        {
            if (copy.Length + read > most) return null;
            copy.Write(block, 0, read);
        }
        return copy.ToArray();
    }
}
