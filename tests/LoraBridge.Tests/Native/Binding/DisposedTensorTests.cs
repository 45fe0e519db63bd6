using System.Reflection;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native.Binding;

/// <summary>Whatever is asked of a disposed tensor is refused before native code sees it.</summary>
public sealed class DisposedTensorTests
{
    /// <summary>What may be asked of a disposed tensor.</summary>
    private static readonly string[] s_allowed =
    [
        nameof(Tensor.Dispose), nameof(Tensor.ToString), nameof(Tensor.GetHashCode), nameof(Tensor.MoveToOuterDisposeScope),
        nameof(Tensor.MoveToOtherDisposeScope), nameof(Tensor.DetachFromDisposeScope), "get_IsInvalid", "get_name", "set_name",
    ];

    public static TheoryData<string> Methods => [.. All().Keys];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Method_OfADisposedTensor_Throws(string name)
    {
        using var scope = NewDisposeScope();
        var method = All()[name];
        var disposed = zeros(1);
        disposed.Dispose();
        var arguments = method.GetParameters().Select(parameter => Value(parameter, method.IsStatic ? disposed : ones(1))).ToArray();

        var error = Assert.Throws<TargetInvocationException>(() => method.Invoke(method.IsStatic ? null : disposed, arguments));

        Assert.IsType<ObjectDisposedException>(error.InnerException);
    }

    [Fact]
    public void MembersWithSpans_OfADisposedTensor_Throw()
    {
        var x = zeros(1);
        x.Dispose();

        Assert.Throws<ObjectDisposedException>(() => x.bytes.Length);
        Assert.Throws<ObjectDisposedException>(() => x.bytes = new byte[4]);
        Assert.Throws<ObjectDisposedException>(() => x.sum((ReadOnlySpan<long>)[0]));
        Assert.Throws<ObjectDisposedException>(() => x.expand((ReadOnlySpan<long>)[1]));
    }

    [Fact]
    public void Argument_ThatIsDisposed_Throws()
    {
        using var scope = NewDisposeScope();
        var gone = zeros(1);
        gone.Dispose();

        Assert.Throws<ObjectDisposedException>(() => ones(1).add(gone));
        Assert.Throws<ObjectDisposedException>(() => cat([ones(1), gone]));
        Assert.Throws<ObjectDisposedException>(() => ones(1)[gone]);
        Assert.Throws<ObjectDisposedException>(() => ones(1).grad = gone);
        Assert.Throws<ObjectDisposedException>(() => ones(1).requires_grad_().sum().backward([gone]));
    }

    [Fact]
    public void Accessor_OfADisposedTensor_Throws()
    {
        var x = zeros(1);
        var data = x.data<float>();
        x.Dispose();

        Assert.Throws<ObjectDisposedException>(() => data.ToArray());
        Assert.Throws<ObjectDisposedException>(() => data[0]);
    }

    [Fact]
    public void Generator_ThatIsDisposed_Throws()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator();
        generator.Dispose();
        generator.Dispose();

        Assert.Throws<ObjectDisposedException>(() => generator.Handle);
        Assert.Throws<ObjectDisposedException>(() => generator.get_state());
        Assert.Throws<ObjectDisposedException>(() => randn(1, generator: generator));
    }

    // Methods of tensors, and functions of the core that are given one.
    private static Dictionary<string, MethodInfo> All()
    {
        var instance = typeof(Tensor).GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly).Where(method => !s_allowed.Contains(method.Name));
        Type[] holders = [typeof(Tensor), typeof(torch), typeof(linalg), typeof(fft), typeof(autograd), typeof(TensorExtensionMethods)];
        var functions = holders.SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)).Where(method => method.GetParameters().Any(TakesTensors));
        return instance.Concat(functions)
            .Where(method => !method.GetParameters().Append(method.ReturnParameter).Any(parameter => parameter.ParameterType.IsByRefLike))
            .Select(method => method.IsGenericMethodDefinition ? method.MakeGenericMethod(typeof(float)) : method)
            .ToDictionary(method => $"{method.DeclaringType!.Name}: {method}");
    }

    private static bool TakesTensors(ParameterInfo parameter) => parameter.ParameterType.IsAssignableFrom(typeof(Tensor[])) || parameter.ParameterType == typeof(Tensor);

    private static object? Value(ParameterInfo parameter, Tensor given)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        if (type == typeof(object)) return given;
        if (type == typeof(Tensor)) return given;
        if (type.IsAssignableFrom(typeof(Tensor[]))) return parameter.HasDefaultValue ? null : new[] { given };
        if (type == typeof(TensorIndex[])) return new TensorIndex[] { 0 };
        if (type == typeof(Scalar)) return (Scalar)1;
        if (type == typeof(Device)) return CPU;
        if (type == typeof(string)) return "cpu";
        if (type == typeof(long[])) return new long[] { 0 };
        if (type == typeof(Stream)) return new MemoryStream(new byte[8]);
        if (parameter.HasDefaultValue) return parameter.DefaultValue;
        return type.IsValueType ? Activator.CreateInstance(type) : null;
    }
}
