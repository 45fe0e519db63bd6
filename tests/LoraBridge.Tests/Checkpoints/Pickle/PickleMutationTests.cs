using System.Diagnostics;
using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Pickle;

namespace LoraBridge.Tests.Checkpoints.Pickle;

/// <summary>Broken pickles: two thousand of them, the same every time.</summary>
public sealed class PickleMutationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("types.pt", 400)]
    [InlineData("types-legacy.pt", 400)]
    [InlineData("views.pt", 300)]
    [InlineData("views-legacy.pt", 300)]
    [InlineData("deflated.pt", 200)]
    [InlineData("zip64.pt", 200)]
    [InlineData("nested.ckpt", 200)]
    public void Open_MutatedFiles_AreReadOrRefusedWithinBounds(string name, int files)
    {
        var original = File.ReadAllBytes(PickleCheckpointFileTests.Fixture(name));
        var random = new Random(name.Length * 1000 + files);
        var path = _folder.File("mutant.pt");
        var refused = 0;
        var watch = Stopwatch.StartNew();

        for (var i = 0; i < files; i++)
        {
            var mutant = Mutation.Of(original, random, s_scraps);
            File.WriteAllBytes(path, mutant);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var file = CheckpointFile.Open(path);
            }
            catch (CheckpointFormatException)
            {
                refused++;
            }
            // the reader's buffers, and what a directory or a pickle of this size can make it keep
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 400_000 + 100L * mutant.Length, $"file {i} of {mutant.Length} bytes took {allocated} bytes of memory");
        }

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"took {watch.Elapsed}");
        Assert.InRange(refused, files / 4, files - 1);
    }

    [Fact]
    public void Read_MutatedPickles_AreReadOrRefused()
    {
        var original = new PickleBytes().Op('}').Op('(').Text("a").Tensor(6, 0, [2, 3], [3, 1]).Text("b").Longs([1, 2, 3]).Text("c").Global("torch", "device").Tuple(p => p.Text("cpu")).Op('R').Op('u').Stopped;
        var random = new Random(11);
        for (var i = 0; i < 3000; i++)
        {
            var mutant = Mutation.Of(original, random, s_scraps);
            var error = Record.Exception(() => PickleReader.Read(new MemoryStream(mutant), "memory", null, _ => new PickledStorage("0", TensorType.F32, 6)));
            Assert.True(error is null or CheckpointFormatException, $"file {i}: {error}");
        }
    }

    private static readonly string[] s_scraps =
    [
        "(", ")", "]", "}", "t", "R", "b", "Q", "h\0", "q\0", "0", "2", "u", "s", "e", "X\u0001\0\0\0a", "cos\nsystem\n", "ccollections\nOrderedDict\n", "J\u007f\u007f\u007f\u007f", "PK\u0001\u0002", "PK\u0003\u0004", "PK\u0005\u0006", "PK\u0006\u0007",
    ];
}
