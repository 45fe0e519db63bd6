using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        public long[] shape
        {
            get
            {
                var sizes = new long[NativeMethods.lb_dim(Handle)];
                fixed (long* p = sizes) NativeMethods.lb_sizes(_handle, p);
                GC.KeepAlive(this);
                return sizes;
            }
        }

        public ScalarType dtype
        {
            get
            {
                var type = (ScalarType)NativeMethods.lb_dtype(Handle);
                GC.KeepAlive(this);
                return type;
            }
        }

        public Device device => device_type == DeviceType.CPU ? CPU : new Device(device_type, device_index);

        public DeviceType device_type => (DeviceType)Alive(NativeMethods.lb_device_type(Handle));

        public int device_index => Alive(NativeMethods.lb_device_index(Handle));

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_leaf => Alive(NativeMethods.lb_is_leaf(Handle)) != 0;

        public bool requires_grad
        {
            get => Alive(NativeMethods.lb_requires_grad(Handle)) != 0;
            set => NativeMethods.Check(Alive(NativeMethods.lb_set_requires_grad(Handle, value ? 1 : 0)));
        }

        // a new object at each read: dispose it, or read it inside a scope
        public Tensor? grad
        {
            get
            {
                NativeMethods.Check(Alive(NativeMethods.lb_grad(Handle, out var gradient)));
                return gradient == 0 ? null : new Tensor(gradient);
            }
            set
            {
                NativeMethods.Check(Alive(NativeMethods.lb_set_grad(Handle, value is null ? 0 : value.Handle)));
                GC.KeepAlive(value);
            }
        }

        public long ndim => dim();

        public Tensor T => PropertyOps.numpy_T.Call(this);

        public Tensor mT => PropertyOps.mT.Call(this);

        public long dim()
        {
            var dimensions = NativeMethods.lb_dim(Handle);
            GC.KeepAlive(this);
            return dimensions;
        }

        public long numel()
        {
            var count = NativeMethods.lb_numel(Handle);
            GC.KeepAlive(this);
            return count;
        }

        public long NumberOfElements => numel();

        public long element_size() => SizeOf(dtype);

        public long ElementSize => element_size();

        public long size(int dim) => shape[dim < 0 ? dim + (int)this.dim() : dim];

        public long[] size() => shape;

        public long[] stride()
        {
            var strides = new long[NativeMethods.lb_dim(Handle)];
            fixed (long* p = strides) NativeMethods.lb_strides(_handle, p);
            GC.KeepAlive(this);
            GC.KeepAlive(this);
            return strides;
        }

        public long stride(int dim) => stride()[dim < 0 ? dim + (int)this.dim() : dim];

        public long storage_offset() => Alive(NativeMethods.lb_storage_offset(Handle));

        public bool is_contiguous() => Alive(NativeMethods.lb_is_contiguous(Handle)) != 0;

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public bool is_pinned() => PropertyOps.is_pinned.CallValue(this).Integer != 0;

        public bool is_cpu() => device_type == DeviceType.CPU;
    }

    private static class PropertyOps
    {
        internal static readonly Operator numpy_T = new("numpy_T"), mT = new("mT"), is_pinned = new("is_pinned");
    }
}
