using System.Runtime.CompilerServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A tensor: one counted reference to a libtorch tensor, given back by <see cref="Dispose"/>, the end of its scope, or
    /// at last the finalizer. Using a disposed one throws.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        private static long s_total;
        private static long s_peak;

        private nint _handle;

        internal Tensor(nint handle)
        {
            if (handle == 0) throw new InvalidOperationException("libtorch gave no tensor");
            _handle = handle;
            Count();
            DisposeScope.Current?.Add(this);
        }

        ~Tensor() => Release();

        /// <summary>Tensors that hold a reference now.</summary>
        public static long TotalCount => Interlocked.Read(ref s_total);

        /// <summary>The most that there were at once.</summary>
        public static long PeakCount => Interlocked.Read(ref s_peak);

        public nint Handle
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Tensor), "the tensor was disposed, or its scope ended");
        }

        public bool IsInvalid => _handle == 0;

        public string? name { get; set; }

        internal DisposeScope? Scope { get; set; }

        public Tensor MoveToOuterDisposeScope()
        {
            Scope?.MoveToOuter(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.Scope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (Scope is { } mine) mine.MoveToOther(other, this);
            else other?.Attach((IDisposable)this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            Scope?.Detach(this);
            return this;
        }

        public Tensor alias() => new(Alive(NativeMethods.lb_retain(Handle)));

        public void Dispose()
        {
            Scope?.Forget(this);
            Scope = null;
            Release();
            GC.SuppressFinalize(this);
        }

        // by value, as TorchSharp has it: compare references with ReferenceEquals
        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

        public override string ToString() => IsInvalid ? "[disposed]" : $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";

        // the collector must not finalise this tensor between reading its handle and the end of the native call
        private T Alive<T>(T result)
        {
            GC.KeepAlive(this);
            return result;
        }

        /// <summary>Gives the reference away: the tensor is disposed, and who asked owns it.</summary>
        internal nint TakeHandle()
        {
            var handle = Handle;
            Scope?.Forget(this);
            Scope = null;
            _handle = 0;
            Interlocked.Decrement(ref s_total);
            GC.SuppressFinalize(this);
            return handle;
        }

        /// <summary>The reference without the check, 0 once disposed.</summary>
        internal nint HandleOrZero => _handle;

        private static void Count()
        {
            var now = Interlocked.Increment(ref s_total);
            var peak = Interlocked.Read(ref s_peak);
            while (now > peak)
            {
                var seen = Interlocked.CompareExchange(ref s_peak, now, peak);
                if (seen == peak) break;
                peak = seen;
            }
        }

        private void Release()
        {
            var handle = Interlocked.Exchange(ref _handle, 0);
            if (handle == 0) return;
            NativeMethods.lb_release(handle);
            Interlocked.Decrement(ref s_total);
        }
    }
}
