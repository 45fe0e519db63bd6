using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A random number generator of its own; on the CPU the Mersenne twister of Python's torch.</summary>
    public class Generator : IDisposable
    {
        private nint _handle;

        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            NativeMethods.Check(NativeMethods.lb_new_generator((int)this.device.type, this.device.index, (long)seed, out _handle));
        }

        private Generator(nint handle)
        {
            device = CPU;
            _handle = handle;
        }

        ~Generator() => Release();

        public static Generator Default
        {
            get
            {
                NativeMethods.Check(NativeMethods.lb_default_generator((int)DeviceType.CPU, -1, out var handle));
                return new Generator(handle);
            }
        }

        public nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Generator));

        public Device device { get; private set; }

        public Tensor get_state()
        {
            NativeMethods.Check(NativeMethods.lb_generator_state(Handle, out var state));
            GC.KeepAlive(this);
            return new Tensor(state);
        }

        public void set_state(Tensor value)
        {
            NativeMethods.Check(NativeMethods.lb_generator_set_state(Handle, value.Handle));
            GC.KeepAlive(this);
            GC.KeepAlive(value);
        }

        public Generator manual_seed(long seed)
        {
            NativeMethods.Check(NativeMethods.lb_generator_set_seed(Handle, seed));
            return this;
        }

        public long seed()
        {
            NativeMethods.Check(NativeMethods.lb_generator_draw_seed(Handle, out var drawn));
            GC.KeepAlive(this);
            return drawn;
        }

        public long initial_seed()
        {
            NativeMethods.Check(NativeMethods.lb_generator_seed(Handle, out var current));
            GC.KeepAlive(this);
            return current;
        }

        public void Dispose()
        {
            Release();
            GC.SuppressFinalize(this);
        }

        private void Release()
        {
            var handle = Interlocked.Exchange(ref _handle, 0);
            if (handle != 0) NativeMethods.lb_free_generator(handle);
        }
    }

    public static Generator manual_seed(long seed)
    {
        NativeMethods.Check(NativeMethods.lb_manual_seed(seed));
        return Generator.Default;
    }

    public static partial class random
    {
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);

        public static long seed()
        {
            using var generator = Generator.Default;
            return generator.seed();
        }

        public static long initial_seed()
        {
            using var generator = Generator.Default;
            return generator.initial_seed();
        }

        public static Tensor get_rng_state()
        {
            using var generator = Generator.Default;
            return generator.get_state();
        }

        public static void set_rng_state(Tensor new_state)
        {
            using var generator = Generator.Default;
            generator.set_state(new_state);
        }
    }
}
