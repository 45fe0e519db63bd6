using LoraBridge.Server.Sdapi;
using LoraBridge.Server.Sdapi.Files;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoraBridge.Server.Tests.Sdapi.Files;

public sealed class CheckpointListTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("checkpoints-").FullName;
    private readonly DataFolder _data;
    private readonly HashQueue _hashes;

    public CheckpointListTests()
    {
        _data = new(Path.Combine(_folder, "data"));
        _hashes = new(_data, NullLogger<HashQueue>.Instance);
    }

    public void Dispose()
    {
        _hashes.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("styles/ink.ckpt [3e23e81600]")]
    [InlineData("styles/ink.ckpt")]
    [InlineData("styles_ink")]
    [InlineData("ink")]
    [InlineData("3e23e81600")]
    [InlineData("3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d")]
    [InlineData("ink [3e23e81600]")]
    [InlineData("e3b0c442")]
    [InlineData("styles/ink.ckpt [e3b0c442]")]
    public async Task Find_EveryAlias_IsExact(string name)
    {
        Add("styles/ink.ckpt", "b");
        var list = List();
        await _hashes.DrainAsync();

        Assert.EndsWith("ink.ckpt", list.Find(name)!.Path, StringComparison.Ordinal);
        Assert.Null(list.Find(name.ToUpperInvariant()));
        Assert.Null(list.Find(name + "x"));
    }

    [Theory]
    [InlineData("styles/ink.ckpt [0123456789]", true)]
    [InlineData("ink [0123456789]", true)]
    [InlineData("styles/ink.ckpt [012345678]", false)]
    [InlineData("other [0123456789]", false)]
    public void IsCalled_ATitleWhoseHashIsNotKnownYet_Counts(string title, bool expected) =>
        Assert.Equal(expected, new Checkpoint("/models/styles/ink.ckpt", "styles/ink.ckpt").IsCalled(title));

    [Fact]
    public async Task FindLike_APartOfATitle_IsTheShortest()
    {
        Add("long-name-v2.ckpt", "x");
        Add("long-name.ckpt", "b");
        var list = List();
        await _hashes.DrainAsync();

        Assert.Equal("long-name.ckpt", list.FindLike("ong-na")!.RelativePath);
        Assert.Equal("long-name-v2.ckpt", list.FindLike("name-v2 [0000000000]")!.RelativePath);
        Assert.Null(list.FindLike("nothing"));
        Assert.Null(list.FindLike(null));
    }

    [Fact]
    public void Default_TheOneOfTheStart_ComesFirst()
    {
        Add("a.ckpt", "a");
        var own = Path.Combine(_folder, "z.ckpt");
        File.WriteAllText(own, "z");

        Assert.Equal(own, List(own).Default!.Path);
        Assert.EndsWith("a.ckpt", List().Default!.Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hashes_OfAFileThatChanged_AreComputedAgain()
    {
        Add("a.ckpt", "a");
        var list = List();
        await _hashes.DrainAsync();
        var before = list.All[0].Sha256;
        Add("a.ckpt", "b");
        File.SetLastWriteTimeUtc(Path.Combine(_folder, "webui", "models", "Stable-diffusion", "a.ckpt"), DateTime.UnixEpoch);

        var between = list.All[0].Sha256;
        list.Refresh();
        await _hashes.DrainAsync();

        Assert.NotNull(before);
        Assert.Null(between);
        Assert.StartsWith("3e23e81600", list.All[0].Sha256, StringComparison.Ordinal);
    }

    [Fact]
    public void Vae_Automatic_IsTheOneBesideTheCheckpoint()
    {
        Add("ink.ckpt", "a");
        Add("ink.vae.pt", "v");
        Add("ink2.vae.pt", "v");
        var folders = Folders(null);
        var (vaes, checkpoint) = (new VaeList(folders), new CheckpointList(folders, _hashes).Default!);

        Assert.Equal("ink.vae.pt", vaes.Find("Automatic", checkpoint)!.Name);
        Assert.Equal("ink2.vae.pt", vaes.Find("ink2.vae.pt", checkpoint)!.Name);
        Assert.Null(vaes.Find("None", checkpoint));
        Assert.Null(vaes.Find("gone.pt", checkpoint));
    }

    private void Add(string name, string content)
    {
        var path = Path.Combine(_folder, "webui", "models", "Stable-diffusion", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    private ModelFolders Folders(string? model) => new(_data, new SdapiSettings { WebUiFolder = Path.Combine(_folder, "webui"), Model = model });

    private CheckpointList List(string? model = null) => new(Folders(model), _hashes);
}
