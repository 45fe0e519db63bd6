using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>The memory of a contiguous tensor on the CPU, below 2 GiB; setting it copies.</summary>
        public Span<byte> bytes
        {
            get
            {
                var size = CheckedByteCount();
                if (size > int.MaxValue) throw new InvalidOperationException($"the tensor has {size} bytes, more than a span can: use WriteBytesToStream");
                return new Span<byte>((void*)DataPointer(), (int)size);
            }
            set
            {
                var target = bytes;
                if (value.Length != target.Length) throw new ArgumentException($"the tensor has {target.Length} bytes, not {value.Length}", nameof(value));
                value.CopyTo(target);
            }
        }

        /// <summary>Element access, in the order of the indices whatever the strides are.</summary>
        public Utils.TensorAccessor<T> data<T>() where T : unmanaged
        {
            if (device_type != DeviceType.CPU) throw new InvalidOperationException($"elements are read on the CPU, this tensor is on {device}: call cpu() first");
            RequireType<T>();
            return new Utils.TensorAccessor<T>(this);
        }

        public T item<T>() where T : unmanaged
        {
            if (numel() != 1) throw new ArgumentException($"item() needs a tensor of one element, this one has {numel()}");
            RequireType<T>();
            using var onCpu = cpu();
            return *(T*)onCpu.DataPointer();
        }

        public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            var size = CheckedByteCount();
            var data = (byte*)DataPointer();
            for (long done = 0; done < size; done += bufferSize)
                stream.Write(new ReadOnlySpan<byte>(data + done, (int)Math.Min(bufferSize, size - done)));
            GC.KeepAlive(this);
        }

        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            var size = CheckedByteCount();
            var data = (byte*)DataPointer();
            for (long done = 0; done < size; done += bufferSize)
                stream.ReadExactly(new Span<byte>(data + done, (int)Math.Min(bufferSize, size - done)));
            GC.KeepAlive(this);
        }

        public Scalar ToScalar()
        {
            var value = DataOps.item.CallValue(this);
            return value.Tag switch
            {
                ArgumentTag.Double => value.Real,
                ArgumentTag.Bool => value.Integer != 0,
                _ => value.Integer,
            };
        }

        internal nint DataPointer()
        {
            NativeMethods.Check(Alive(NativeMethods.lb_data_pointer(Handle, out var data)));
            return data;
        }

        private long CheckedByteCount()
        {
            if (device_type != DeviceType.CPU) throw new InvalidOperationException($"bytes are read on the CPU, this tensor is on {device}: call cpu() first");
            if (!is_contiguous()) throw new InvalidOperationException("the tensor is not contiguous: call contiguous() first");
            return numel() * element_size();
        }

        private void RequireType<T>() where T : unmanaged
        {
            if (TypeOf(typeof(T)) != dtype) throw new ArgumentException($"the tensor holds {dtype}, not {typeof(T).Name}");
        }
    }

    private static class DataOps
    {
        internal static readonly Operator item = new("item");
    }

    /// <summary>Calls that need a tensor's memory.</summary>
    internal static unsafe Tensor FromMemory<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> shape) where T : unmanaged
    {
        var tensor = empty(shape, TypeOf(typeof(T)));
        if (tensor.numel() != values.Length)
        {
            tensor.Dispose();
            throw new ArgumentException($"{values.Length} values do not make a tensor of shape [{string.Join(", ", shape.ToArray())}]");
        }
        if (values.Length > 0) values.CopyTo(new Span<T>((void*)tensor.DataPointer(), values.Length));
        return tensor;
    }
}

public static class TensorExtensionMethods
{
    public static float ToSingle(this torch.Tensor value) => value.ToScalar().ToSingle();
    public static double ToDouble(this torch.Tensor value) => value.ToScalar().ToDouble();
    public static sbyte ToSByte(this torch.Tensor value) => value.ToScalar().ToSByte();
    public static byte ToByte(this torch.Tensor value) => value.ToScalar().ToByte();
    public static short ToInt16(this torch.Tensor value) => value.ToScalar().ToInt16();
    public static int ToInt32(this torch.Tensor value) => value.ToScalar().ToInt32();
    public static long ToInt64(this torch.Tensor value) => value.ToScalar().ToInt64();
    public static bool ToBoolean(this torch.Tensor value) => value.ToScalar().ToBoolean();
    public static Half ToHalf(this torch.Tensor value) => value.ToScalar().ToHalf();
    public static BFloat16 ToBFloat16(this torch.Tensor value) => value.ToScalar().ToBFloat16();
    public static int ElementSize(this torch.ScalarType type) => torch.SizeOf(type);
}
