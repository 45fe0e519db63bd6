namespace LoraBridge.Checkpoints.Pickle;

/// <summary>Packs the elements of a strided view of a storage into row order.</summary>
internal static class PickledView
{
    /// <summary>The view's bytes, packed; the view has at least one element.</summary>
    public static byte[] Pack(PickledTensor tensor, string path, ReadBytes read)
    {
        var size = tensor.Type.Bits() / 8;
        var length = tensor.Type.ByteLength(tensor.Shape)!.Value;
        // inside the storage, as its bounds were checked
        var span = size * (1 + tensor.Shape.Zip(tensor.Strides, (length, stride) => (length - 1) * stride).Sum());
        if (Math.Max(length, span) > Array.MaxLength)
            throw new CheckpointFormatException(path, $"a tensor of {length:N0} bytes is stored with strides, which is supported up to 2 GiB", "Save it as contiguous");

        var packed = new byte[length];
        var source = new byte[span];
        read(tensor.Offset * size, source);

        var at = new long[tensor.Shape.Count];
        var from = 0L;
        for (var to = 0L; to < packed.LongLength; to += size)
        {
            source.AsSpan((int)(from * size), size).CopyTo(packed.AsSpan((int)to));
            from += Advance(at, tensor);
        }
        return packed;
    }

    /// <summary>Counts the index on by one, the last dimension fastest; returns by how far the element moved.</summary>
    private static long Advance(long[] at, PickledTensor tensor)
    {
        var moved = 0L;
        for (var i = at.Length - 1; i >= 0; i--)
        {
            if (++at[i] < tensor.Shape[i]) return moved + tensor.Strides[i];
            moved -= (at[i] - 1) * tensor.Strides[i];
            at[i] = 0;
        }
        return moved;
    }
}
