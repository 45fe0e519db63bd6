using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    private static bool s_tf32;

    public static string __version__ => TorchLibrary.TorchVersion();

    public static void set_num_threads(int num) => NativeMethods.Check(NativeMethods.lb_set_threads(num));

    public static int get_num_threads()
    {
        NativeMethods.Check(NativeMethods.lb_threads(out var count));
        return count;
    }

    // changing it is left out: code that states its dtypes runs the same everywhere
    public static ScalarType get_default_dtype() => ScalarType.Float32;

    public static partial class cuda
    {
        public static bool is_available()
        {
            NativeMethods.Check(NativeMethods.lb_cuda_available(out var value));
            return value != 0;
        }

        public static bool is_cudnn_available()
        {
            NativeMethods.Check(NativeMethods.lb_cudnn_available(out var value));
            return value != 0;
        }

        public static int device_count()
        {
            NativeMethods.Check(NativeMethods.lb_cuda_count(out var count));
            return count;
        }

        public static void manual_seed(long seed) => NativeMethods.Check(NativeMethods.lb_cuda_manual_seed(seed, -1));

        public static void manual_seed_all(long seed)
        {
            for (var i = 0; i < device_count(); i++) NativeMethods.Check(NativeMethods.lb_cuda_manual_seed(seed, i));
        }

        public static void synchronize(Device? device = null) => NativeMethods.Check(NativeMethods.lb_cuda_synchronize(device?.index ?? -1));
    }

    public static partial class backends
    {
        public static partial class cuda
        {
            public static partial class matmul
            {
                public static bool allow_tf32
                {
                    get => s_tf32;
                    set
                    {
                        NativeMethods.Check(NativeMethods.lb_allow_tf32(value ? 1 : 0));
                        s_tf32 = value;
                    }
                }
            }
        }
    }
}
