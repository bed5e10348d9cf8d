"""nginx in front of the simulated vendors, for rounds over HTTPS: one port speaks HTTP/1.1, one HTTP/2 as well."""
import os
import shutil
import socket
import subprocess
import sys
import time

from fakes import Tls

NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  ssl_certificate {cert}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:a:4m;
  upstream vendors {{ server 127.0.0.1:{vendors}; keepalive 512; }}
  server {{ listen 127.0.0.1:{http1} ssl backlog=4096; location / {{ proxy_pass http://vendors; proxy_http_version 1.1;
           proxy_set_header Connection ""; }} }}
  server {{ listen 127.0.0.1:{http2} ssl http2 backlog=4096; location / {{ proxy_pass http://vendors; proxy_http_version 1.1;
           proxy_set_header Connection ""; }} }}
}}
"""


class Proxy:
    def __init__(self, lab, program, vendors_port):
        tls = Tls(lab)
        cert, key = tls.files()
        ports = [free_port(), free_port()]
        path = lab.write("nginx.conf", NGINX.format(folder=lab.home, cert=cert, key=key, vendors=vendors_port, http1=ports[0],
                                                    http2=ports[1]))
        os.chmod(lab.home, 0o755)
        process = subprocess.Popen([program, "-c", path, "-p", lab.home, "-e", lab.path("nginx.err")])
        lab.closers.append(lambda: (process.terminate(), process.wait(10)))
        self.ca = tls.ca
        self.http1, self.http2 = (f"https://127.0.0.1:{port}" for port in ports)
        wait_for_port(ports[1])


def start(lab, vendors_port):
    """None without nginx."""
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    return Proxy(lab, program, vendors_port) if program else None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for_port(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("bench: nginx does not listen")
