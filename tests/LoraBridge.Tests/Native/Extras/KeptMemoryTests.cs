using LoraBridge.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native.Extras;

/// <summary>Freed tensors of the processor, kept to be used again.</summary>
[Collection(ProcessWide.Name)]
public sealed class KeptMemoryTests : IDisposable
{
    private const long Numbers = 4 << 20;                                       // 16 MiB, far from what other tests use

    public KeptMemoryTests() => TorchExtras.ReleaseCachedMemory();

    public void Dispose() => TorchExtras.ReleaseCachedMemory();

    [Fact]
    public void Tensor_OfTheSizeOfAFreedOne_TakesItsMemory()
    {
        var first = Allocate(Numbers);
        Assert.Equal(first, Allocate(Numbers));
        Assert.InRange(TorchExtras.KeptMemory, 4 * Numbers, 4 * Numbers + 8192);
        // a little smaller still fits; the size that it stands for comes back when it is freed
        Assert.Equal(first, Allocate(Numbers - Numbers / 32));
        Assert.Equal(first, Allocate(Numbers));
    }

    [Fact]
    public void KeptMemory_NeverAddsToTheMostThatWasInUse()
    {
        Allocate(Numbers);
        for (var i = 1; i <= 40; i++)
        {
            Allocate(Numbers + i * Numbers / 4);
            // all that was ever allocated here adds up to more than ten times as much; a sixteenth is for what other tests still use
            Assert.InRange(TorchExtras.KeptMemory, 0, 4 * (Numbers + i * Numbers / 4) * 17 / 16 + (32 << 20));
        }
    }

    [Fact]
    public void ReleaseCachedMemory_GivesAllOfItBack()
    {
        Allocate(Numbers);
        var before = Resident();
        TorchExtras.ReleaseCachedMemory();
        Assert.Equal(0, TorchExtras.KeptMemory);
        Assert.True(Resident() < before - 12 * 1024 * 1024, "16 MiB were filled, and more than 12 must be gone");
    }

    [Fact]
    public void SmallTensors_AreLeftToTheHeap()
    {
        Allocate(1000);
        Assert.Equal(0, TorchExtras.KeptMemory);
    }

    [Fact]
    public void Tensors_OfManyThreads_KeepTheirValues()
    {
        Parallel.For(0, 8, thread =>
        {
            for (var round = 0; round < 40; round++)
            {
                using var scope = NewDisposeScope();
                var tensors = Enumerable.Range(0, 4).Select(i => full(300_000 + 1000 * ((round + i) % 5), (float)(thread * 10 + i), dtype: float32, device: CPU)).ToList();
                foreach (var (i, tensor) in tensors.Index())
                {
                    Assert.Equal(thread * 10 + i, tensor.min().ToSingle());
                    Assert.Equal(thread * 10 + i, tensor.max().ToSingle());
                }
            }
        });
    }

    // where a tensor of so many float32 lay that has been filled and freed
    private static unsafe nint Allocate(long numbers)
    {
        using var tensor = full(numbers, 1f, dtype: float32, device: CPU);
        fixed (byte* place = tensor.bytes) return (nint)place;
    }

    private static long Resident() => long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
