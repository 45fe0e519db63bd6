using static TorchSharp.torch;

namespace LoraBridge.Checkpoints;

/// <summary>Makes a torch tensor of a file's bytes: one copy, straight into the tensor's memory.</summary>
internal static class TensorReader
{
    public static Tensor Read(TensorEntry entry, string path, ReadBytes read, Device? device)
    {
        var dtype = TorchTypes.ReadAs(entry.Type)
            ?? throw new CheckpointFormatException(path, $"the tensor '{entry.Name}' is of type {entry.Type.FormatName()}, which torch cannot hold", "Save it as F16 or F32");
        var tensor = empty([.. entry.Shape], dtype: dtype, device: CPU);
        try
        {
            if (TorchTypes.SameAs(entry.Type) is not null) Fill(tensor, entry, read);
            else WidenedElements.Fill(tensor, entry, path, read);
            return device is null || device.type == TorchSharp.DeviceType.CPU ? tensor : Moved(tensor, device);
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static void Fill(Tensor tensor, TensorEntry entry, ReadBytes read)
    {
        if (entry.ElementCount == 0) return;
        var length = tensor.NumberOfElements * tensor.ElementSize;
        if (length <= int.MaxValue) read(0, tensor.bytes);
        else tensor.ReadBytesFromStream(new ReadStream(read, length), bufferSize: 1 << 22);   // spans end at 2 GiB
    }

    private static Tensor Moved(Tensor tensor, Device device)
    {
        var moved = tensor.to(device);
        tensor.Dispose();
        return moved;
    }
}
