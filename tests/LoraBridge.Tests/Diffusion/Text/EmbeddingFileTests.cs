using System.Text;
using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Text;
using LoraBridge.Imaging;
using LoraBridge.Tests.Diffusion.Models;
using LoraBridge.Tests.Goldens;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class EmbeddingFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("embedding.pt", "embedding")]
    [InlineData("embedding-parameters.pt", "embedding-parameters")]
    public void Read_TorchFile_HasItsVectorsAndTheFilesName(string file, string name)
    {
        var embedding = EmbeddingFile.Read(Fixture(file));

        Assert.Equal((name, 2, 4), (embedding.Name, embedding.Vectors, embedding.Width));
        Assert.Equal([0f, 1, 2, 3, 4, 5, 6, 7], embedding.ToTensor(CPU).data<float>());
        Assert.Equal(CheckpointHashes.Sha256(Fixture(file))[..12], embedding.Hash);
    }

    [Theory]
    [InlineData("emb_params", ScalarType.Float32)]
    [InlineData("<my-word>", ScalarType.Float16)]
    [InlineData("string_to_param.*", ScalarType.BFloat16)]
    public void Read_Safetensors_TakesASingleTensorOfAnyName(string key, ScalarType type)
    {
        var path = Write("word.v1.safetensors", (key, ones(3, 768).to(type)));
        var embedding = EmbeddingFile.Read(path);
        Assert.Equal(("word.v1", 3, 768), (embedding.Name, embedding.Vectors, embedding.Width));
        Assert.Equal(ScalarType.Float32, embedding.ToTensor(CPU).dtype);
    }

    [Fact]
    public void Read_OneDimension_IsOneVector()
    {
        var embedding = EmbeddingFile.Read(Write("one.safetensors", ("a", ones(768))));
        Assert.Equal((1, 768), (embedding.Vectors, embedding.Width));
        Assert.Equal([1L, 768], embedding.ToTensor(CPU).shape);
    }

    [Fact]
    public void Read_Sdxl_SaysSo() => Refused("SDXL", Write("xl.safetensors", ("clip_l", ones(2, 768)), ("clip_g", ones(2, 1280))));

    [Fact]
    public void Read_SeveralTensors_SaysHowMany() => Refused("holds 2 tensors", Write("lora.safetensors", ("a", ones(2, 768)), ("b", ones(2, 768))));

    [Theory]
    [InlineData("a", 2, 3, 4)]
    [InlineData("a", 0, 4)]
    public void Read_OtherShape_SaysTheShape(string key, params int[] shape) =>
        Refused($"[{string.Join(", ", shape)}]", Write("shape.safetensors", (key, ones([.. shape.Select(length => (long)length)]))));

    [Fact]
    public void Read_WholeNumbers_AreNoVectors() => Refused("Int64", Write("numbers.safetensors", ("a", ones([2, 4], dtype: int64))));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Read_ValueThatIsNoNumber_IsReported(float value)
    {
        var vectors = ones(2, 4);
        vectors[0].narrow(0, 1, 2).fill_(value);
        Refused("2 of 8 values", Write("bad.safetensors", ("a", vectors)));
    }

    [Theory]
    [InlineData("malicious.pt", "would run code")]
    [InlineData("tensor.pt", "no dictionary")]
    [InlineData("types.pt", "where an embedding has one")]
    public void Read_OtherTorchFile_SaysWhy(string file, string reason) => Refused(reason, Fixture(file));

    [Fact]
    public void Read_MissingFile_NamesIt() => Assert.Contains("nowhere.pt", Assert.Throws<FileNotFoundException>(() => EmbeddingFile.Read("nowhere.pt")).Message);

    [Theory]
    [InlineData("""{"string_to_param":{"*":{"TORCHTENSOR":[[1,2.5],[3,-4e-1]]}},"string_to_token":{"*":265},"name":"inside","step":3}""", "inside", 2)]
    [InlineData("""{"string_to_param":{"*":{"TORCHTENSOR":[1,2.5]}},"name":null}""", "picture", 1)]
    public void Read_Picture_HasTheNameInside(string json, string name, int vectors)
    {
        var embedding = EmbeddingFile.Read(Picture("picture.png", json));
        Assert.Equal((name, vectors, 2), (embedding.Name, embedding.Vectors, embedding.Width));
        Assert.Equal(2.5f, embedding.ToTensor(CPU)[0, 1].ToSingle());
    }

    [Theory]
    [InlineData("{}", "no string_to_param")]
    [InlineData("[]", "no string_to_param")]
    [InlineData("x", "is not JSON")]
    [InlineData("""{"string_to_param":{}}""", "has 0 tensors")]
    [InlineData("""{"string_to_param":{"*":{"TORCHTENSOR":[]}}}""", "no vectors")]
    [InlineData("""{"string_to_param":{"*":{"TORCHTENSOR":3}}}""", "no vectors")]
    [InlineData("""{"string_to_param":{"*":{"TORCHTENSOR":[[1,2],[3]]}}}""", "different widths")]
    [InlineData("""{"string_to_param":{"*":{"TORCHTENSOR":[["a"]]}}}""", "different widths")]
    [InlineData("""{"string_to_param":{"*":{"TORCHTENSOR":[[1e60]]}}}""", "no numbers")]
    public void Read_BrokenPicture_SaysWhatIsWrong(string json, string reason) => Refused(reason, Picture("broken.png", json));

    [Fact]
    public void Read_PictureWithout_SaysThatItHoldsNone()
    {
        var path = _folder.File("plain.png");
        PictureFile.Write(path, new Picture(1, 1, 3, new byte[3]));
        Refused("holds no embedding", path);

        PictureFile.Write(path, new Picture(1, 1, 3, new byte[3]) { Text = new Dictionary<string, string> { ["sd-ti-embedding"] = "?" } });
        Refused("is not base 64", path);
    }

    [Fact]
    public void Read_Twice_LeavesNoTensor()
    {
        using var scope = NewDisposeScope();
        EmbeddingFile.Read(Fixture("embedding.pt"));
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void DescribeHashes_Used_AreNamedOnceWithoutColonsAndCommas()
    {
        var file = EmbeddingFile.Read(Fixture("embedding.pt"));
        var bundled = TextEmbedding.FromTensor("bundled", ones(4), "lora");
        var odd = TextEmbedding.FromTensor("a:b,c", ones(4), "file", "0123456789ab");

        Assert.Equal($"embedding: {file.Hash}, abc: 0123456789ab", TextEmbedding.DescribeHashes([file, odd, bundled, file]));
        Assert.Null(TextEmbedding.DescribeHashes([bundled]));
    }

    [Fact]
    public void Bundled_InALora_AreReadWithTheirNames()
    {
        var path = Write(
            "lora.safetensors",
            ("lora_unet_x.lora_up.weight", ones(4, 2)),
            ("bundle_emb.my word.string_to_param.*", ones(2, 768)),
            ("bundle_emb.v1.5.string_to_param.*", ones(768)),
            ("bundle_emb.xl.clip_l", ones(2, 768)),
            ("bundle_emb.xl.clip_g", ones(2, 1280)),
            ("bundle_emb.odd", ones(2, 768)),
            ("bundle_emb.nan.string_to_param.*", full([1L, 4], float.NaN)));
        using var file = CheckpointFile.Open(path);
        var warnings = new List<PromptWarning>();

        var embeddings = BundledEmbeddings.Read(file, warnings);

        Assert.Equal(["my word", "v1.5"], embeddings.Select(embedding => embedding.Name).Order());
        Assert.All(embeddings, embedding => Assert.Null(embedding.Hash));
        Assert.Equal(["nan", "odd", "xl"], warnings.Select(warning => warning.Subject).Order());
        Assert.Contains("SDXL", warnings.Single(warning => warning.Subject == "xl").Reason);
        Assert.Contains("bundle_emb.odd.string_to_param.*", warnings.Single(warning => warning.Subject == "odd").Reason);
    }

    private static string Fixture(string name) => Path.Combine(GoldenFolders.Fixtures, "checkpoints", name);

    private static void Refused(string reason, string path) =>
        Assert.Contains(reason, Assert.Throws<CheckpointFormatException>(() => EmbeddingFile.Read(path)).Message);

    private string Write(string name, params (string Key, Tensor Value)[] tensors)
    {
        SafetensorsWriter.Write(_folder.File(name), tensors.ToDictionary(row => row.Key, row => row.Value));
        return _folder.File(name);
    }

    private string Picture(string name, string json)
    {
        var text = new Dictionary<string, string> { ["sd-ti-embedding"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(json)) };
        PictureFile.Write(_folder.File(name), new Picture(2, 2, 3, new byte[12]) { Text = text });
        return _folder.File(name);
    }
}
