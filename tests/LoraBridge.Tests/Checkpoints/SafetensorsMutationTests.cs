using System.Diagnostics;
using LoraBridge.Checkpoints;

namespace LoraBridge.Tests.Checkpoints;

/// <summary>Broken files: two thousand of them, the same every time.</summary>
public sealed class SafetensorsMutationTests : IDisposable
{
    private const int Files = 2000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_MutatedFiles_AreReadOrRefusedWithinBounds()
    {
        var original = Original();
        var random = new Random(20240501);
        var path = _folder.File("mutant.safetensors");
        var (accepted, refused) = (0, 0);
        var watch = Stopwatch.StartNew();

        for (var i = 0; i < Files; i++)
        {
            var mutant = Mutation.Of(original, random, Scraps);
            File.WriteAllBytes(path, mutant);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var file = SafetensorsFile.Open(path);
                foreach (var entry in file.Tensors.Values) file.ReadData(entry.Begin, new byte[entry.ByteLength]);
                accepted++;
            }
            catch (CheckpointFormatException)
            {
                refused++;
            }
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 50_000 + 20L * mutant.Length, $"file {i} of {mutant.Length} bytes took {allocated} bytes of memory");
        }

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"took {watch.Elapsed}");
        // both ways out are met: flipped data is still a good file, most else is not
        Assert.InRange(accepted, 50, Files - 500);
        Assert.Equal(Files, accepted + refused);
    }

    private static readonly string[] Scraps =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "null", "-1", "1e9", "99999999999999999999", "9223372036854775807",
        "\"__metadata__\":{}", "\"dtype\":\"F64\"", "\"shape\":[]", "\"data_offsets\":[0,0]", "[[[[[[[[", "\ufeff", "\0", " ", "F16", "BOOL", "0", "1",
    ];

    private static byte[] Original()
    {
        var layout = SafetensorsLayout.Of(
            [
                ("alpha", TensorType.F16, []),
                ("lora_down.weight", TensorType.F16, [4, 8]),
                ("lora_up.weight", TensorType.F16, [8, 4]),
                ("steps", TensorType.I64, [3]),
                ("empty", TensorType.U8, [0, 2]),
            ],
            new Dictionary<string, string> { ["ss_network_dim"] = "4", ["ss_tag_frequency"] = "{\"1_x\": {\"a \\u00fc\": 3}}" });
        var data = new byte[layout.DataLength];
        new Random(1).NextBytes(data);
        return [.. layout.Header, .. data];
    }
}
