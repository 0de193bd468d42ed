// The web page from memory: right types, hashes and headers, nothing beside it reachable, and bounds.
#include "src/rpc/static_files.h"

#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "src/rpc/server.h"
#include "tests/unit/rpc/fake_backend.h"
#include "tests/unit/rpc/http_client.h"

namespace pcq::rpc {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class StaticFilesTest : public testing::Test {
protected:
    StaticFilesTest() {
        std::filesystem::create_directories(folder / "assets");
        write("index.html", "<!doctype html>page");
        write("index.html.gz", "packed page");
        write("assets/app-1a2b.js", "let x = 1;");
        write("secret.pem", "not a part of any page, and served: a folder is served whole");
    }
    ~StaticFilesTest() override { std::filesystem::remove_all(folder.parent_path()); }

    void write(const std::string& name, const std::string& content) const {
        std::ofstream(folder / name, std::ios::binary) << content;
    }
    std::uint16_t serve() {
        auto page = StaticFiles::load(folder);
        EXPECT_TRUE(page) << page.error().message;
        Options options;
        options.page = *std::move(page);
        server.emplace(backend, options);
        return server->start({})->port;
    }
    static HttpClient::Response get(HttpClient& client, const std::string& target,
                                    const std::string& header = "") {
        client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n");
        return client.receive();
    }

    const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) /
                                         ("pcq-static-files-" + std::to_string(::getpid())) / "page";
    FakeBackend backend;
    std::optional<Server> server;
};

TEST_F(StaticFilesTest, ServesThePageWithTypeHashAndPolicy) {
    HttpClient client(serve());
    const auto index = get(client, "/?from=somewhere");
    EXPECT_EQ(index.result_int(), 200U);
    EXPECT_EQ(index.body(), "<!doctype html>page");
    EXPECT_EQ(index["Content-Type"], "text/html; charset=utf-8");
    EXPECT_EQ(index["Cache-Control"], "no-cache");
    EXPECT_EQ(index["X-Content-Type-Options"], "nosniff");
    EXPECT_THAT(std::string(index["Content-Security-Policy"]), StartsWith("default-src 'self';"));

    const auto script = get(client, "/assets/app-1a2b.js");
    EXPECT_EQ(script["Content-Type"], "text/javascript; charset=utf-8");
    EXPECT_EQ(script["Cache-Control"], "public, max-age=31536000, immutable");
    EXPECT_EQ(script.count("Content-Encoding"), 0U);
}

TEST_F(StaticFilesTest, AnswersWithNotModifiedToWhoHasItAlready) {
    HttpClient client(serve());
    const std::string etag(get(client, "/")["ETag"]);
    for (const std::string& known : {etag, "\"other\", " + etag}) {
        const auto again = get(client, "/", "If-None-Match: " + known + "\r\n");
        EXPECT_EQ(again.result_int(), 304U) << known;
        EXPECT_EQ(again.body(), "");
    }
    EXPECT_EQ(get(client, "/", "If-None-Match: \"other\"\r\n").result_int(), 200U);
}

TEST_F(StaticFilesTest, SendsTheCompressedFileToWhoAcceptsItAndNobodyElse) {
    HttpClient client(serve());
    for (const char* accepted : {"gzip", "br;q=1.0, gzip;q=0.8", "deflate,\tGZIP"}) {
        const auto packed = get(client, "/", std::string("Accept-Encoding: ") + accepted + "\r\n");
        EXPECT_EQ(packed["Content-Encoding"], "gzip") << accepted;
        EXPECT_EQ(packed.body(), "packed page");
        EXPECT_EQ(packed["Content-Type"], "text/html; charset=utf-8");
        EXPECT_EQ(packed["Vary"], "Accept-Encoding");
    }
    for (const char* accepted : {"br", "gzip;q=0", "gzip; q=0.0", "xgzip"}) {
        const auto plain = get(client, "/", std::string("Accept-Encoding: ") + accepted + "\r\n");
        EXPECT_EQ(plain.count("Content-Encoding"), 0U) << accepted;
        EXPECT_EQ(plain.body(), "<!doctype html>page");
    }
    EXPECT_EQ(get(client, "/assets/app-1a2b.js", "Accept-Encoding: gzip\r\n").body(), "let x = 1;");
}

TEST_F(StaticFilesTest, ReachesNothingBesideThePage) {
    std::ofstream(folder.parent_path() / "outside.txt") << "outside";
    std::filesystem::create_symlink(folder.parent_path() / "outside.txt", folder / "link.txt");
    std::filesystem::create_directory_symlink(folder.parent_path(), folder / "up");
    HttpClient client(serve());
    for (const char* target :
         {"/../outside.txt", "/..%2foutside.txt", "/%2e%2e/outside.txt", "//outside.txt", "/link.txt",
          "/up/outside.txt", "/assets", "/assets/", "/index.html/", "/assets/../index.html", "/INDEX.HTML"}) {
        EXPECT_EQ(get(client, target).result_int(), 404U) << target;
    }
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(client.receive().result_int(), 405U);
}

TEST_F(StaticFilesTest, KeepsThePathsOfTheNodeItself) {
    write("healthz", "a page's own");
    std::filesystem::create_directory(folder / "v1");
    write("v1/openrpc.json", "a page's own");
    HttpClient client(serve());
    EXPECT_THAT(get(client, "/healthz").body(), HasSubstr("\"ok\""));
    EXPECT_THAT(get(client, "/v1/openrpc.json").body(), HasSubstr("\"openrpc\""));
}

TEST_F(StaticFilesTest, SaysHowToComeByAPageWhereThereIsNone) {
    server.emplace(backend, Options());
    HttpClient client(server->start({})->port);
    const auto answer = get(client, "/");
    EXPECT_EQ(answer.result_int(), 404U);
    EXPECT_EQ(answer["Content-Type"], "text/html; charset=utf-8");
    EXPECT_THAT(answer.body(), HasSubstr("deploy/build.sh"));
    EXPECT_EQ(get(client, "/index.html").result_int(), 404U);
}

TEST_F(StaticFilesTest, RefusesAFolderThatIsNoPage) {
    EXPECT_EQ(StaticFiles::load(folder / "nowhere").error().code, Code::io_failed);
    std::filesystem::remove(folder / "index.html");
    const auto refused = StaticFiles::load(folder);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::io_failed);
    EXPECT_THAT(refused.error().message, HasSubstr("index.html"));
}

TEST_F(StaticFilesTest, ReadsNoMoreThanAPageOfOursHas) {
    EXPECT_TRUE(StaticFiles::load(folder, {.files_max = 4, .bytes_max = 1000}));
    EXPECT_EQ(StaticFiles::load(folder, {.files_max = 3, .bytes_max = 1000}).error().code,
              Code::limit_reached);
    EXPECT_EQ(StaticFiles::load(folder, {.files_max = 4, .bytes_max = 60}).error().code, Code::limit_reached);
}

}  // namespace
}  // namespace pcq::rpc
