using LoraBridge.Diffusion.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Models;

public sealed class ComputeTypesTests
{
    [Theory]
    [InlineData(ScalarType.Float32, ScalarType.BFloat16, false, ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16, ScalarType.BFloat16, false, ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16, ScalarType.Float32, false, ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16, ScalarType.Float32, false, ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16, ScalarType.Float32, true, ScalarType.Float32)]
    [InlineData(ScalarType.Float64, ScalarType.Float32, false, ScalarType.Float32)]
    public void Keep_StoredAndComputeType_NeverCostsMemoryUnlessAsked(ScalarType stored, ScalarType compute, bool widen, ScalarType kept) =>
        Assert.Equal(kept, ComputeTypes.Keep(stored, compute, widen));

    [Fact]
    public void Keep_Integers_Throws() =>
        Assert.Throws<NotSupportedException>(() => ComputeTypes.Keep(ScalarType.Int8, ScalarType.Float32, false));

    [Fact]
    public void Resolve_OnTheCpu_GivesWhatItCanComputeIn()
    {
        Assert.Equal(ScalarType.Float32, ComputeTypes.Resolve(ComputeType.Float32, CPU));
        Assert.Contains(ComputeTypes.Resolve(ComputeType.Auto, CPU), new[] { ScalarType.Float32, ScalarType.BFloat16 });
    }

    [Fact]
    public void Resolve_Float16OnTheCpu_WorksOrNamesTheChoices()
    {
        try
        {
            Assert.Equal(ScalarType.Float16, ComputeTypes.Resolve(ComputeType.Float16, CPU));
        }
        catch (NotSupportedException error)
        {
            Assert.Contains("Choose Auto, Float32", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Resolve_AutoOnAGpu_IsFloat16() =>
        Assert.Equal(ScalarType.Float16, ComputeTypes.Resolve(ComputeType.Auto, new Device(DeviceType.CUDA)));

    [Theory]
    [InlineData("flags\t\t: fpu sse2 avx512f avx512_bf16", true)]
    [InlineData("flags\t\t: fpu sse2 amx_bf16 amx_tile", true)]
    [InlineData("flags\t\t: fpu sse2 avx2", false)]
    [InlineData("Features\t: fp asimd bf16", true)]
    [InlineData("model name\t: avx512_bf16", false)]
    public void HasBFloat16Arithmetic_FlagsOfTheKernel_AreRead(string line, bool expected)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, $"processor\t: 0\n{line}\n");
            Assert.Equal(expected, ComputeTypes.HasBFloat16Arithmetic(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void HasBFloat16Arithmetic_NoSuchFile_IsNo() => Assert.False(ComputeTypes.HasBFloat16Arithmetic("/no/such/file"));
}
