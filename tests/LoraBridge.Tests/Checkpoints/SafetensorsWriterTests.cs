using LoraBridge.Checkpoints;
using LoraBridge.Tests.Goldens;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Checkpoints;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(ScalarType.Float16, "11ee286b46a088f239f616a5f3cd5c56c32b456cb1418234e7d48b288ff25154", "d8c1b5778d9d4a7e393d7e2355423cb78a310f125bbd22d3e6f510647117603b")]
    [InlineData(ScalarType.Int64, "a76ad0a11c8786375255e4d13257d0416a2cf484628cf7aee05783d573bde7ad", "663fae1aff2451e9779fbcb4ede098298b389b7ccbc2ce3f30b56fea9884f680")]
    public void Write_VectorsAAndB_AreTheReferencesToTheByte(ScalarType alpha, string fileHash, string modelHash)
    {
        var tensors = Vector(alpha);
        var metadata = new Dictionary<string, string> { ["ss_network_dim"] = "16" };
        var path = _folder.File("a.safetensors");

        SafetensorsWriter.Write(path, tensors, metadata);

        Assert.Equal(fileHash, CheckpointHashes.Sha256(path));
        Assert.Equal(new LoraHashes(modelHash, "e3b0c442"), SafetensorsWriter.ComputeHashes(tensors, metadata));
        Assert.Equal(["a.safetensors"], _folder.Names);
    }

    [Fact]
    public void Write_VectorC_ReadsBackAsTheSameWeightChange()
    {
        SafetensorsWriter.Write(_folder.File("a"), Vector(ScalarType.Float16));
        using var file = CheckpointFile.Open(_folder.File("a"));

        var scale = file.Read("lora_unet_x.alpha").ToSingle() / file.Entry("lora_unet_x.lora_down.weight").Shape[0];
        var change = scale * mm(file.Read("lora_unet_x.lora_up.weight").to(float32), file.Read("lora_unet_x.lora_down.weight").to(float32));

        TensorAssert.Same(tensor(new[] { -0.75f, -0.75f, -0.75f, 2, 2.5f, 3, -3, -3, -3 }).reshape(3, 3), change);
    }

    [Fact]
    public void Write_VectorD_IsTheReferencesSize()
    {
        var tensors = SafetensorsLayoutTests.LoraOf(32).ToDictionary(row => row.Item1, row => zeros([.. row.Item3], dtype: float16));
        SafetensorsWriter.Write(_folder.File("d"), tensors);
        Assert.Equal(37_861_176, new FileInfo(_folder.File("d")).Length);
    }

    [Theory]
    [InlineData("lora-linear.safetensors")]
    [InlineData("lora-locon.safetensors")]
    [InlineData("model.safetensors")]
    public void Write_WhatWasRead_IsTheSameFileToItsHash(string name)
    {
        var path = GoldenFolders.Files.First(path => Path.GetFileName(path) == name);
        using var original = SafetensorsFile.Open(path);
        var tensors = original.Tensors.Keys.ToDictionary(key => key, key => original.Read(key));

        SafetensorsWriter.Write(_folder.File("copy"), tensors, original.Metadata);

        using var copy = SafetensorsFile.Open(_folder.File("copy"));
        Assert.Equal(original.Tensors.Values.Select(entry => entry.ToString()), copy.Tensors.Values.Select(entry => entry.ToString()));
        Assert.Equal(original.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal), copy.Metadata);
        Assert.Equal(original.DataStart, copy.DataStart);
        Assert.Equal(CheckpointHashes.Lora(original), CheckpointHashes.Lora(copy));
        Assert.Equal(CheckpointHashes.Lora(original), SafetensorsWriter.ComputeHashes(tensors, original.Metadata));
    }

    [Fact]
    public void Write_StridedScalarAndEmptyTensors_ReadBackTheSame()
    {
        var tensors = new Dictionary<string, Tensor>
        {
            ["strided"] = arange(0, 6, dtype: float32).reshape(2, 3).t(),
            ["part"] = arange(0, 10, dtype: float32).slice(0, 2, 9, 3),
            ["scalar"] = tensor(3.5),
            ["empty"] = zeros([0, 4], dtype: int32),
            ["flags"] = tensor(new[] { true, false }),
            ["trained"] = ones([2], dtype: float32).requires_grad_(),
        };
        SafetensorsWriter.Write(_folder.File("a"), tensors);

        using var file = CheckpointFile.Open(_folder.File("a"));
        Assert.Equal(tensors.Keys.Order(), file.Tensors.Keys.Order());
        foreach (var (name, expected) in tensors)
        {
            Assert.Equal(expected.shape, file.Entry(name).Shape);
            Assert.Equal(expected.detach().contiguous().bytes.ToArray(), file.Read(name).bytes.ToArray());
        }
    }

    [Fact]
    public void Write_TypeTheFormatLacks_LeavesTheOldFile()
    {
        var path = _folder.Write("a", [1, 2, 3]);
        var tensors = new Dictionary<string, Tensor> { ["x"] = zeros([2], dtype: complex128) };

        Assert.Contains("'x'", Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, tensors)).Message);

        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal(["a"], _folder.Names);
    }

    [Fact]
    public void Write_FailsHalfway_LeavesTheOldFileAndNoOther()
    {
        var path = _folder.Write("a", [1, 2, 3]);
        var gone = zeros([1000], dtype: float32);
        var tensors = new OnceSound(new() { ["good"] = ones([1000], dtype: float32), ["gone"] = gone });

        Assert.ThrowsAny<Exception>(() => SafetensorsWriter.Write(path, tensors));

        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal(["a"], _folder.Names);
    }

    [Fact]
    public void Write_FileBeingRead_LeavesTheReaderWithTheOldOne()
    {
        var path = _folder.File("a");
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["x"] = zeros([4], dtype: float32) });
        using var old = CheckpointFile.Open(path);
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["x"] = ones([4], dtype: float32) });

        TensorAssert.Same(zeros([4], dtype: float32), old.Read("x"));
        using var latest = CheckpointFile.Open(path);
        TensorAssert.Same(ones([4], dtype: float32), latest.Read("x"));
    }

    private static Dictionary<string, Tensor> Vector(ScalarType alpha) => new()
    {
        ["lora_unet_x.lora_up.weight"] = tensor(new[] { 0.5f, -0.5f, 0, 1, 2, -2 }).reshape(3, 2).to(float16),
        ["lora_unet_x.alpha"] = tensor(1f).to(alpha),
        ["lora_unet_x.lora_down.weight"] = tensor(new[] { 1f, 2, 3, 4, 5, 6 }).reshape(2, 3).to(float16),
    };

    /// <summary>Lists its tensors whole and fails when the last one's data is asked for, as a lost device does.</summary>
    private sealed class OnceSound(Dictionary<string, Tensor> tensors) : IReadOnlyDictionary<string, Tensor>
    {
        public Tensor this[string key] => key == "gone" ? throw new IOException("the device is lost") : tensors[key];

        public IEnumerable<string> Keys => tensors.Keys;

        public IEnumerable<Tensor> Values => tensors.Values;

        public int Count => tensors.Count;

        public bool ContainsKey(string key) => tensors.ContainsKey(key);

        public bool TryGetValue(string key, out Tensor value) => tensors.TryGetValue(key, out value!);

        public IEnumerator<KeyValuePair<string, Tensor>> GetEnumerator() => tensors.GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
