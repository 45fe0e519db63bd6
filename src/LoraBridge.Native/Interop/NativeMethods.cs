using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>The shim's functions, named as shim.h and its sources name them.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Shim = TorchLibrary.Name;

    // a static constructor, so that no entry is resolved before the library is found
    static NativeMethods() => TorchLibrary.Load();

    [LibraryImport(Shim)] internal static partial byte* lb_last_error(int* kind);

    [LibraryImport(Shim, StringMarshalling = StringMarshalling.Utf8)] internal static partial int lb_find_operator(string name, string overload, out nint op);
    [LibraryImport(Shim, StringMarshalling = StringMarshalling.Utf8)] internal static partial int lb_operator_exists(string name, string overload);
    [LibraryImport(Shim)] internal static partial int lb_operator_schema(nint op, byte* buffer, int capacity);
    [LibraryImport(Shim)] internal static partial int lb_call(nint op, NativeArgument* arguments, int count, NativeArgument* results, int capacity);
    [LibraryImport(Shim)] internal static partial void lb_free(nint memory);

    [LibraryImport(Shim)] internal static partial void lb_release(nint tensor);
    [LibraryImport(Shim)] internal static partial nint lb_retain(nint tensor);

    // These read a field or two and cannot block: no transition, 15 ns instead of 60.
    [LibraryImport(Shim), SuppressGCTransition] internal static partial int lb_dim(nint tensor);
    [LibraryImport(Shim), SuppressGCTransition] internal static partial void lb_sizes(nint tensor, long* sizes);
    [LibraryImport(Shim), SuppressGCTransition] internal static partial void lb_strides(nint tensor, long* strides);
    [LibraryImport(Shim), SuppressGCTransition] internal static partial long lb_numel(nint tensor);
    [LibraryImport(Shim), SuppressGCTransition] internal static partial long lb_storage_offset(nint tensor);
    [LibraryImport(Shim), SuppressGCTransition] internal static partial int lb_dtype(nint tensor);
    [LibraryImport(Shim), SuppressGCTransition] internal static partial int lb_device_type(nint tensor);
    [LibraryImport(Shim), SuppressGCTransition] internal static partial int lb_device_index(nint tensor);
    [LibraryImport(Shim), SuppressGCTransition] internal static partial int lb_is_contiguous(nint tensor);

    [LibraryImport(Shim)] internal static partial int lb_data_pointer(nint tensor, out nint data);
    [LibraryImport(Shim)] internal static partial int lb_requires_grad(nint tensor);
    [LibraryImport(Shim)] internal static partial int lb_set_requires_grad(nint tensor, int value);
    [LibraryImport(Shim)] internal static partial int lb_retain_grad(nint tensor);
    [LibraryImport(Shim)] internal static partial int lb_is_leaf(nint tensor);
    [LibraryImport(Shim)] internal static partial int lb_grad(nint tensor, out nint gradient);
    [LibraryImport(Shim)] internal static partial int lb_set_grad(nint tensor, nint gradient);

    [LibraryImport(Shim)] internal static partial int lb_backward(nint* tensors, int count, nint* gradients, int gradientCount, int retainGraph, int createGraph, nint* inputs, int inputCount);
    [LibraryImport(Shim)] internal static partial int lb_grad_enabled();
    [LibraryImport(Shim)] internal static partial void lb_set_grad_enabled(int value);
    [LibraryImport(Shim)] internal static partial int lb_inference_enabled();
    [LibraryImport(Shim)] internal static partial nint lb_enter_inference(int value);
    [LibraryImport(Shim)] internal static partial void lb_leave_inference(nint mode);
    [LibraryImport(Shim)]
    internal static partial int lb_attach_node(nint* inputs, int inputCount, nint* outputs, int outputCount,
        delegate* unmanaged[Cdecl]<nint, nint*, int, nint*, int, byte*, int, int> backward,
        delegate* unmanaged[Cdecl]<nint, void> release, delegate* unmanaged[Cdecl]<nint, void> destroy, nint context);

    [LibraryImport(Shim)] internal static partial int lb_new_generator(int deviceType, int deviceIndex, long seed, out nint generator);
    [LibraryImport(Shim)] internal static partial int lb_default_generator(int deviceType, int deviceIndex, out nint generator);
    [LibraryImport(Shim)] internal static partial void lb_free_generator(nint generator);
    [LibraryImport(Shim)] internal static partial int lb_generator_set_seed(nint generator, long seed);
    [LibraryImport(Shim)] internal static partial int lb_generator_draw_seed(nint generator, out long seed);
    [LibraryImport(Shim)] internal static partial int lb_generator_seed(nint generator, out long seed);
    [LibraryImport(Shim)] internal static partial int lb_generator_state(nint generator, out nint state);
    [LibraryImport(Shim)] internal static partial int lb_generator_set_state(nint generator, nint state);
    [LibraryImport(Shim)] internal static partial int lb_manual_seed(long seed);

    [LibraryImport(Shim)] internal static partial int lb_threads(out int count);
    [LibraryImport(Shim)] internal static partial int lb_set_threads(int count);
    [LibraryImport(Shim)] internal static partial int lb_cuda_available(out int value);
    [LibraryImport(Shim)] internal static partial int lb_cudnn_available(out int value);
    [LibraryImport(Shim)] internal static partial int lb_cuda_count(out int count);
    [LibraryImport(Shim)] internal static partial int lb_cuda_synchronize(int index);
    [LibraryImport(Shim)] internal static partial int lb_cuda_manual_seed(long seed, int index);
    [LibraryImport(Shim)] internal static partial int lb_cuda_memory(int index, long* figures);
    [LibraryImport(Shim)] internal static partial int lb_cuda_reset_peak(int index);
    [LibraryImport(Shim)] internal static partial int lb_cuda_empty_cache();
    [LibraryImport(Shim)] internal static partial int lb_allow_tf32(int value);
    [LibraryImport(Shim)] internal static partial void lb_keep_memory();
    [LibraryImport(Shim)] internal static partial void lb_kept_memory(long* figures);
    [LibraryImport(Shim)] internal static partial void lb_trim_heap();

    [LibraryImport(Shim)] internal static partial byte* lb_kernel_instructions();
    [LibraryImport(Shim)] internal static partial int lb_attention(nint query, nint key, nint value, long heads, out nint result);
    [LibraryImport(Shim)] internal static partial int lb_group_norm(nint input, long groups, nint weight, nint bias, double eps, int withSilu, out nint result);
    [LibraryImport(Shim)] internal static partial int lb_layer_norm(nint input, nint weight, nint bias, double eps, out nint result);
    [LibraryImport(Shim)] internal static partial int lb_geglu(nint input, out nint result);

    /// <summary>Throws what libtorch threw, when an entry says that it did.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Check(int result)
    {
        if (result != 0) Throw();
    }

    // ExternalException is what TorchSharp throws, so callers on either supply catch the same type.
    private static void Throw()
    {
        int kind;
        throw new ExternalException(Marshal.PtrToStringUTF8((nint)lb_last_error(&kind)));
    }
}
