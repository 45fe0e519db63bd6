using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Text;
using LoraBridge.Imaging;
using LoraBridge.Tests.Diffusion.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class EmbeddingFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Rescan_BrokenFiles_AreListedAndTheOthersRead()
    {
        Directory.CreateDirectory(_folder.File("deep"));
        Write("good.safetensors", 1);
        Write("deep/other.safetensors", 2);
        File.WriteAllText(_folder.File("broken.pt"), "<html>");
        File.WriteAllText(_folder.File("broken.png"), "no picture");
        File.WriteAllText(_folder.File("notes.txt"), "x");
        File.WriteAllText(_folder.File("empty.pt"), "");
        PictureFile.Write(_folder.File("good.png"), new Picture(1, 1, 3, new byte[3]));
        File.WriteAllText(_folder.File("good.preview.png"), "never opened");

        var folder = new EmbeddingFolder(_folder.File(""));

        Assert.Equal(["other", "good"], folder.Embeddings.Keys);
        Assert.Equal(["broken.png", "broken.pt"], folder.Faults.Select(fault => Path.GetFileName(fault.Path)));
        Assert.Contains("web page", folder.Faults[1].Reason);
    }

    [Fact]
    public void Rescan_NewChangedAndRemovedFiles_AreSeen()
    {
        Write("a.safetensors", 1);
        Write("b.safetensors", 1);
        var folder = new EmbeddingFolder(_folder.File(""));
        var kept = folder.Embeddings["b"];

        Write("a.safetensors", 2);
        Write("c.safetensors", 3);
        folder.Rescan();

        Assert.Equal([2, 1, 3], folder.Embeddings.Values.Select(embedding => embedding.Vectors));
        Assert.Same(kept, folder.Embeddings["b"]);

        File.Delete(_folder.File("b.safetensors"));
        folder.Rescan();
        Assert.Equal(["a", "c"], folder.Embeddings.Keys);
    }

    [Fact]
    public void Rescan_SameNameTwice_TakesTheLaterAndNamesTheOther()
    {
        Directory.CreateDirectory(_folder.File("deep"));
        Write("deep/a.safetensors", 1);
        Write("z.safetensors", 1);
        File.Move(_folder.File("z.safetensors"), _folder.File("deep/z.safetensors"));
        Write("z.safetensors", 2);

        var folder = new EmbeddingFolder(_folder.File(""));

        Assert.Equal(2, folder.Embeddings["z"].Vectors);
        var fault = Assert.Single(folder.Faults);
        Assert.EndsWith("deep" + Path.DirectorySeparatorChar + "z.safetensors", fault.Path);
        Assert.Contains("same name 'z'", fault.Reason);
    }

    [Fact]
    public void Rescan_FolderThatAppearsLater_IsFound()
    {
        var folder = new EmbeddingFolder(_folder.File("later"));
        Assert.Empty(folder.Embeddings);

        Directory.CreateDirectory(_folder.File("later"));
        Write("later/a.safetensors", 1);
        folder.Rescan();
        Assert.Single(folder.Embeddings);
    }

    private void Write(string name, long vectors) =>
        SafetensorsWriter.Write(_folder.File(name), new Dictionary<string, Tensor> { ["emb_params"] = ones(vectors, 4) });
}
